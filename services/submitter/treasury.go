package submitter

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"time"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/signing"
	"github.com/lodeworks/lode/services/submitter/economics"
	"github.com/lodeworks/lode/services/submitter/treasury"
)

// purse is what this submitter knows of the operators' money. It belongs to the treasury's loop but for granted.
type purse struct {
	chain  treasury.Chain
	ledger treasury.Ledger
	keys   *signing.Set // of the account that pays; nil: none pays
	said   map[string]treasury.State
	short  bool // it was said that the account does not reach for all
}

// watchTreasury looks at the operators' money every so often until ctx ends.
func (s *Submitter) watchTreasury(ctx context.Context) error {
	cfg := s.cfg.Treasury
	if cfg.Every == 0 {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-s.ready:
	}
	ticker := time.NewTicker(cfg.Every)
	defer ticker.Stop()
	for {
		if err := s.lookAtTreasury(ctx); err != nil && ctx.Err() == nil {
			s.kit.Log.Warn("treasury not looked at", "err", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

// lookAtTreasury reads the money of the operators that this submitter acts for, of all when it is the one that pays for
// them, and says and does what follows.
func (s *Submitter) lookAtTreasury(ctx context.Context) error {
	h, alive, cfg := *s.head.Load(), s.alive(), s.cfg.Treasury
	paying := cfg.Pays() && s.owner(cfg.Account, alive) == s.self
	var addresses []string
	own := map[string]bool{}
	for _, address := range s.keys.Addresses() {
		own[address] = s.owner(address, alive) == s.self
		if own[address] || paying {
			addresses = append(addresses, address)
		}
	}
	if paying {
		status, err := s.node.Status(ctx)
		if err != nil || status.SyncInfo.LatestBlockHeight < h.height {
			return err // a node that is behind shows balances from before the last payment
		}
	}
	if cfg.Feegrant {
		granted, err := s.purse.chain.Grants(ctx, cfg.Account)
		if err != nil {
			return err
		}
		s.granted.Store(&granted)
	}
	accounts, err := s.purse.chain.Look(ctx, addresses)
	if err != nil {
		return err
	}
	if err := s.judgeAccounts(ctx, h, accounts, own); err != nil || !paying {
		return err
	}
	return s.payOperators(ctx, h, accounts)
}

// judgeAccounts says what has changed of the operators that this submitter acts for.
func (s *Submitter) judgeAccounts(ctx context.Context, h head, accounts []treasury.Account, own map[string]bool) error {
	least, err := s.purse.chain.MinStake(ctx)
	if err != nil {
		return err
	}
	proof, err := s.proofs.at(h.height, func() (*prooftypes.Params, error) { return s.facts.ProofParams(ctx) })
	if err != nil {
		return err
	}
	busiest, now := busiest(s.book.bySupplier()), map[string]treasury.State{}
	var lowest *math.Int
	poor, stakes := 0, map[treasury.Stake]int{}
	for _, a := range accounts {
		if !own[a.Address] {
			continue
		}
		needs := treasury.Needs{Balance: s.windowFees(a.Address, max(1, busiest[a.Address]), proof), MinStake: least, Penalty: amountOf(proof.ProofMissingPenalty)}
		state := treasury.Judge(a, needs)
		s.sayState(ctx, a, needs, state)
		now[a.Address] = state
		stakes[state.Stake]++
		if state.Poor {
			poor++
		}
		if lowest == nil || a.Balance.LT(*lowest) {
			lowest = &a.Balance
		}
	}
	s.purse.said = now
	s.metrics.observeAccounts(lowest, poor, stakes)
	return nil
}

// windowFees is what an operator needs for its next windows, each with so many claims, all of which are proven: the fees
// as observed, unless they are paid for it, and what the chain takes for a proof, of which something must be left.
func (s *Submitter) windowFees(operator string, claims int, proof *prooftypes.Params) math.Int {
	each := amountOf(proof.ProofSubmissionFee)
	if s.granter(operator) == "" {
		each = each.Add(math.NewIntFromUint64(s.fee(economics.Claim))).Add(math.NewIntFromUint64(s.fee(economics.Proof)))
	}
	return each.MulRaw(int64(claims) * int64(s.cfg.Treasury.AlarmWindows)).AddRaw(1)
}

// busiest is how many open obligations each supplier has at most that end in one block.
func busiest(bySupplier map[string][]*claimv1.Obligation) map[string]int {
	most := map[string]int{}
	for supplier, list := range bySupplier {
		by := map[int64]int{}
		for _, o := range list {
			by[o.Terms.EndHeight]++
			most[supplier] = max(most[supplier], by[o.Terms.EndHeight])
		}
	}
	return most
}

// sayState writes a line for each change of an operator's state.
func (s *Submitter) sayState(ctx context.Context, a treasury.Account, n treasury.Needs, now treasury.State) {
	before, known := s.purse.said[a.Address]
	if !known {
		before.Stake = treasury.StakeFine
	}
	log := s.kit.Log.With("supplier", a.Address, "balance_upokt", a.Balance.String(), "needs_upokt", n.Balance.String())
	switch {
	case now.Poor && !before.Poor:
		log.Error("operator cannot pay its next windows")
	case before.Poor && !now.Poor:
		log.Info("operator can pay its next windows again")
	}
	if now.Stake == before.Stake {
		return
	}
	level := slog.LevelWarn
	switch now.Stake {
	case treasury.StakeTooLow:
		level = slog.LevelError
	case treasury.StakeFine:
		level = slog.LevelInfo
	}
	log.Log(ctx, level, "stake of the supplier has changed its state", "state", string(now.Stake), "before", string(before.Stake),
		"stake_upokt", textOf(a.Stake), "min_stake_upokt", n.MinStake.String(), "penalty_upokt", n.Penalty.String())
}

// openTreasury reads the key of the account that pays, nil when none does.
func openTreasury(ctx context.Context, cfg treasury.Config, log *slog.Logger) (*signing.Set, error) {
	if !cfg.Pays() {
		return nil, nil
	}
	set, err := signing.OpenFor(ctx, cfg.Keys, signing.PurposeTx, log)
	if err != nil {
		return nil, fmt.Errorf("open the treasury's key: %w", err)
	}
	if set.Signer(cfg.Account) == nil {
		return nil, fmt.Errorf("open the treasury's key: none is of account %s", cfg.Account)
	}
	return set, nil
}

// signer is the key of an operator, or of the account that pays for them; nil: it is gone.
func (s *Submitter) signer(address string) signing.Signer {
	if s.purse.keys != nil && address == s.cfg.Treasury.Account {
		return s.purse.keys.Signer(address)
	}
	return s.keys.Signer(address)
}

// ungrant has an operator pay for itself until the next look: its allowance did not do.
func (s *Submitter) ungrant(operator string) {
	for {
		granted := s.granted.Load()
		if granted == nil || !(*granted)[operator] {
			return
		}
		next := maps.Clone(*granted)
		delete(next, operator)
		if s.granted.CompareAndSwap(granted, &next) {
			return
		}
	}
}

// granter is who pays an operator's fees, empty: itself.
func (s *Submitter) granter(operator string) string {
	if granted := s.granted.Load(); granted != nil && (*granted)[operator] {
		return s.cfg.Treasury.Account
	}
	return ""
}

// amountOf is an amount of the chain's parameters, of which none is nothing.
func amountOf(coin *sdk.Coin) math.Int {
	if coin == nil || coin.Amount.IsNil() {
		return math.ZeroInt()
	}
	return coin.Amount
}

func textOf(n math.Int) string {
	if n.IsNil() {
		return ""
	}
	return n.String()
}
