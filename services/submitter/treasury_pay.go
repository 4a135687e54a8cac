package submitter

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/cosmos/gogoproto/proto"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/services/submitter/treasury"
)

const (
	// paymentBlocks is how many blocks may hold a payment.
	paymentBlocks = 6
	// paymentRest is how many blocks are waited behind these before balances count again: the node that is asked may be
	// a little behind.
	paymentRest = 2
	// paidAtOnce bounds the operators of one transaction, for each of the two things that it can do for them.
	paidAtOnce = 50
	day        = 24 * 60 * 60 // seconds
)

// payOperators tops operators up and grants them their fees. The accounts were read when the chain was at least at h.
//
// No payment is made twice: it is stored as signed before it is sent, and until its last block is over nobody makes
// another. Killed in between, whoever comes next sends the same bytes, which land once at most, or finds by the balances
// what has become of them.
func (s *Submitter) payOperators(ctx context.Context, h head, accounts []treasury.Account) error {
	page, err := s.purse.ledger.Read(ctx)
	if err != nil {
		return err
	}
	if p := page.Payment; p != nil && h.height <= p.LastHeight+paymentRest {
		return s.sendPayment(ctx, h, p)
	}
	today := h.time.Unix() / day
	transfers, err := s.planTopUps(ctx, page, today, accounts)
	if err != nil {
		return err
	}
	msgs, err := s.payments(h, transfers, accounts)
	if err != nil || len(msgs) == 0 {
		return err
	}
	last := h.height + paymentBlocks
	t, err := s.buildPayment(ctx, h, msgs, last)
	if err != nil {
		return fmt.Errorf("make payment of %d messages: %w", len(msgs), err)
	}
	sum, payment := treasury.Sum(transfers), &claimv1.Payment{Raw: t.raw, Tx: t.hash, LastHeight: last}
	if err := s.purse.ledger.Pay(ctx, page, today, payment, sum); errors.Is(err, treasury.ErrLost) {
		return nil
	} else if err != nil {
		return err
	}
	s.kit.Log.Info("operators paid for", "height", h.height, "tx", t.hash, "topped_up", len(transfers), "upokt", sum.String(), "fee_upokt", t.fee)
	s.metrics.toppedUp.Add(amount(sum))
	return s.sendPayment(ctx, h, payment)
}

// buildPayment makes the transaction. When the chain wants a number, it is the chain's: another submitter may have paid
// last.
func (s *Submitter) buildPayment(ctx context.Context, h head, msgs []proto.Message, last int64) (transaction, error) {
	r := round{head: h, supplier: s.cfg.Treasury.Account}
	s.ordered.forget(r.supplier)
	t, err := s.build(ctx, r, msgs, last)
	if err != nil && s.mend(ctx, r.supplier, t, err) {
		t, err = s.build(ctx, r, msgs, last)
	}
	return t, err
}

// sendPayment hands a stored payment to the nodes, as often as it can still land. Whether it has, balances say.
func (s *Submitter) sendPayment(ctx context.Context, h head, p *claimv1.Payment) error {
	if h.height >= p.LastHeight {
		return nil
	}
	for _, answer := range s.node.Send(ctx, p.Raw, chain.Spread{All: true}) {
		s.kit.Log.Debug("payment sent", "tx", p.Tx, "node", answer.Node, "answer", answer.Text)
	}
	return nil
}

// planTopUps is who gets how much today.
func (s *Submitter) planTopUps(ctx context.Context, page treasury.Page, today int64, accounts []treasury.Account) ([]treasury.Transfer, error) {
	cfg := s.cfg.Treasury
	balance, err := s.purse.chain.Balance(ctx, cfg.Account)
	if err != nil {
		return nil, err
	}
	s.metrics.treasury.Set(amount(balance))
	if cfg.TopUpBelow == 0 {
		return nil, nil
	}
	spent, err := page.ToppedUp(today)
	if err != nil {
		return nil, err
	}
	left := math.NewIntFromUint64(cfg.MaxPerDay).Sub(spent)
	budget := math.MinInt(left, balance.Sub(math.NewIntFromUint64(s.cfg.MaxFeeUpokt)))
	policy := treasury.Policy{Below: math.NewIntFromUint64(cfg.TopUpBelow), To: math.NewIntFromUint64(cfg.TopUpTo), Most: paidAtOnce}
	others := slices.DeleteFunc(slices.Clone(accounts), func(a treasury.Account) bool { return a.Address == cfg.Account })
	list := treasury.Plan(others, policy, budget)
	poor := slices.DeleteFunc(others, func(a treasury.Account) bool { return !a.Balance.LT(policy.Below) })
	if short := len(list) < min(len(poor), paidAtOnce); short != s.purse.short {
		s.purse.short = short
		if short {
			s.kit.Log.Error("treasury does not reach for all operators", "poor", len(poor), "topped_up", len(list), "balance_upokt", balance.String(), "left_today_upokt", left.String())
		}
	}
	return list, nil
}

// payments makes the messages of one transaction.
func (s *Submitter) payments(h head, transfers []treasury.Transfer, accounts []treasury.Account) (msgs []proto.Message, err error) {
	account := s.cfg.Treasury.Account
	if len(transfers) > 0 {
		coins := func(n math.Int) sdk.Coins { return sdk.NewCoins(sdk.NewCoin(treasury.Denom, n)) }
		send := &banktypes.MsgMultiSend{Inputs: []banktypes.Input{{Address: account, Coins: coins(treasury.Sum(transfers))}}}
		for _, t := range transfers {
			send.Outputs = append(send.Outputs, banktypes.Output{Address: t.Address, Coins: coins(t.Upokt)})
		}
		msgs = append(msgs, send)
	}
	if !s.cfg.Treasury.Feegrant {
		return msgs, nil
	}
	for _, a := range accounts {
		if a.Address == account || s.granter(a.Address) != "" || len(msgs) > paidAtOnce {
			continue
		}
		grant, err := treasury.Grant(account, a.Address, s.cfg.Treasury.FeegrantPerDay, h.time)
		if err != nil {
			return nil, err
		}
		msgs = append(msgs, grant)
	}
	return msgs, nil
}
