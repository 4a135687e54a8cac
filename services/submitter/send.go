package submitter

import (
	"context"
	"errors"
	"fmt"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"
	"github.com/cosmos/gogoproto/proto"

	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/services/pocket/tx"
)

// transaction is a signed one.
type transaction struct {
	raw      []byte
	hash     string
	fee      uint64 // upokt
	ordered  bool
	sequence uint64         // if ordered
	answers  []chain.Answer // of nodes; none: it was not broadcast
}

// share is one of n messages' part of the fee, rounded up.
func (t transaction) share(n int) uint64 { return (t.fee + uint64(n) - 1) / uint64(n) }

// send simulates, signs and broadcasts one transaction of the supplier. intend is called when it is ready, and nothing
// but the broadcast follows. No error means that a node's mempool took it, nothing more.
func (s *Submitter) send(ctx context.Context, r round, msgs []proto.Message, lastHeight int64, to chain.Spread, intend func(transaction) error) (t transaction, err error) {
	for range sendTries {
		if t, err = s.build(ctx, r, msgs, lastHeight); err == nil {
			if err = intend(t); err != nil {
				return t, err
			}
			t.answers = s.node.Send(ctx, t.raw, to)
			err = verdict(t.answers)
		}
		if !s.mend(ctx, r.supplier, t, err) {
			if errors.As(err, new(refused)) {
				s.ungrant(r.supplier)
			}
			return t, err
		}
	}
	return t, misnumbered{err}
}

// request is the transaction without gas and fee.
func (s *Submitter) request(ctx context.Context, r round, msgs []proto.Message, lastHeight int64) (tx.Request, error) {
	number, err := s.facts.AccountNumber(ctx, r.supplier)
	if err != nil {
		return tx.Request{}, err
	}
	request := tx.Request{Messages: msgs, ChainID: r.head.chainID, AccountNumber: number, TimeoutHeight: uint64(lastHeight), FeeGranter: s.granter(r.supplier)}
	if s.cfg.TxMode == modeSequence || s.ordered.only.Load() {
		request.Sequence, err = s.sequence(ctx, r.supplier)
	} else {
		request.Unordered, request.Timeout = true, s.timeouts.after(r.head.time)
	}
	return request, err
}

// build makes the transaction, with the gas that it needs now.
func (s *Submitter) build(ctx context.Context, r round, msgs []proto.Message, lastHeight int64) (t transaction, err error) {
	request, err := s.request(ctx, r, msgs, lastHeight)
	if err != nil {
		return t, err
	}
	t.ordered, t.sequence = !request.Unordered, request.Sequence
	gas, err := s.simulate(ctx, r.supplier, request)
	if err != nil && request.FeeGranter != "" {
		request.FeeGranter = ""
		gas, err = s.simulate(ctx, r.supplier, request)
	}
	if err != nil {
		return t, err
	}
	request.GasLimit = uint64(float64(gas) * s.cfg.GasAdjustment)
	if len(msgs) > 1 && s.cfg.MaxTxGas > 0 && request.GasLimit > s.cfg.MaxTxGas {
		return t, refused{fmt.Errorf("gas of %d is above max_tx_gas %d", request.GasLimit, s.cfg.MaxTxGas)}
	}
	fee := s.gasPrice.MulInt(math.NewIntFromUint64(request.GasLimit)).Ceil().TruncateInt()
	if fee.GT(math.NewIntFromUint64(s.cfg.MaxFeeUpokt)) {
		return t, refused{fmt.Errorf("fee of %s upokt is above max_fee_upokt %d", fee, s.cfg.MaxFeeUpokt)}
	}
	request.Fee = sdk.NewCoins(sdk.NewCoin("upokt", fee))
	signed, err := s.sign(ctx, r.supplier, request)
	if err != nil {
		return t, err
	}
	t.raw, t.hash, t.fee = signed.Raw, signed.Hash, fee.Uint64()
	return t, nil
}

func (s *Submitter) sign(ctx context.Context, supplier string, request tx.Request) (tx.Signed, error) {
	key := s.signer(supplier)
	if key == nil {
		return tx.Signed{}, fmt.Errorf("the key of %s is gone", supplier)
	}
	return tx.SignWith(ctx, request, key)
}

// simulate runs the messages on the node's last state and returns the gas they used. The node may know of a transaction
// that others do not: for this question alone its number is taken.
func (s *Submitter) simulate(ctx context.Context, supplier string, request tx.Request) (uint64, error) {
	gas, err := s.simulateAs(ctx, supplier, request)
	if next, named := expected(fmt.Sprint(err)); named && !request.Unordered {
		request.Sequence = next
		gas, err = s.simulateAs(ctx, supplier, request)
	}
	return gas, err
}

func (s *Submitter) simulateAs(ctx context.Context, supplier string, request tx.Request) (uint64, error) {
	request.Fee, request.GasLimit = sdk.NewCoins(sdk.NewInt64Coin("upokt", 1)), 0
	signed, err := s.sign(ctx, supplier, request)
	if err != nil {
		return 0, err
	}
	res, err := s.txs.Simulate(ctx, &txtypes.SimulateRequest{TxBytes: signed.Raw})
	if err != nil {
		return 0, refusal(fmt.Errorf("simulate: %w", err))
	}
	if res.GasInfo == nil {
		return 0, fmt.Errorf("simulate: the node answered without gas")
	}
	return res.GasInfo.GasUsed, nil
}
