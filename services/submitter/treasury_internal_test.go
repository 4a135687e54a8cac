package submitter

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/pocket/keys"
	"github.com/lodeworks/lode/services/submitter/treasury"
)

// looks is what a submitter's loop does now and then; here it is done when a test says so.
func (r *running) looks() {
	r.t.Helper()
	require.NoError(r.t, r.lookAtTreasury(r.t.Context()))
}

// rich gives the world a treasury with so many upokt, and returns its account.
func (w *world) rich(upokt int64) string {
	w.t.Helper()
	file := filepath.Join(w.t.TempDir(), "treasury")
	secret := strings.Repeat("77", 32)
	require.NoError(w.t, os.WriteFile(file, []byte(secret), 0o600))
	key, err := keys.ParseHex(secret)
	require.NoError(w.t, err)
	cfg := &w.cfg.Treasury
	cfg.Account, cfg.Keys.File = key.Address(), file
	w.has(key.Address(), upokt)
	return key.Address()
}

func (w *world) has(address string, upokt int64) {
	w.chain.mu.Lock()
	defer w.chain.mu.Unlock()
	if w.chain.purse.starts == nil {
		w.chain.purse.starts = map[string]int64{}
	}
	w.chain.purse.starts[address] = upokt
}

func (w *world) balance(address string) int64 {
	w.chain.mu.Lock()
	defer w.chain.mu.Unlock()
	return w.chain.purse.balance(address)
}

// toppingUp lets the treasury give 1,000 upokt to who has less than 100.
func (w *world) toppingUp(perDay uint64) {
	w.cfg.Treasury.TopUpBelow, w.cfg.Treasury.TopUpTo, w.cfg.Treasury.MaxPerDay = 100, 1000, perDay
}

// payments counts the transactions of the treasury in blocks.
func (w *world) payments() (n int) {
	for _, in := range w.chain.included() {
		if in.tx.messages[0].header == nil {
			n++
		}
	}
	return n
}

// An operator that has nothing gets what it needs, once, and its claim and proof land; also where transactions are ordered.
func TestPoorOperatorIsToppedUp(t *testing.T) {
	for _, ordered := range []bool{false, true} {
		t.Run(fmt.Sprintf("ordered %v", ordered), func(t *testing.T) { testToppedUp(t, ordered) })
	}
}

func testToppedUp(t *testing.T, ordered bool) {
	w := newWorld(t, always)
	w.chain.ordered = ordered
	account := w.rich(5_000_000)
	w.toppingUp(1 << 40)
	w.has(supplier(t, 0), 0)
	s := w.start()
	z := newSession(t, supplier(t, 0), "a", 20)
	w.hash(z)
	w.seal(z)
	s.owes(z, claimv1.Phase_PHASE_SEALED)
	for range 3 {
		s.looks()
	}
	require.EqualValues(t, 1, testutil.ToFloat64(s.metrics.poor))
	require.Zero(t, testutil.ToFloat64(s.metrics.lowest))
	w.until(s, claimOpen)
	s.looks()
	require.EqualValues(t, 1000, w.balance(supplier(t, 0)))
	require.Zero(t, testutil.ToFloat64(s.metrics.poor))
	w.until(s, proofClose)
	require.Equal(t, claimv1.Outcome_OUTCOME_SETTLED, w.ended(s, z).Outcome)
	s.looks()
	require.Equal(t, 1, w.payments())
	require.EqualValues(t, 5_000_000-1000-2, w.balance(account))
	require.EqualValues(t, 1000, testutil.ToFloat64(s.metrics.toppedUp))
}

// However many submitters think that they pay, and wherever they stop, an operator gets what it lacks once.
func TestNobodyIsPaidTwice(t *testing.T) {
	for name, drop := range map[string]int32{"sent": 0, "stopped before it was sent": 1, "lost for good": 100} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, always)
			account := w.rich(5_000_000)
			w.toppingUp(1 << 40)
			w.has(supplier(t, 0), 7)
			w.has(supplier(t, 1), 0)
			left := w.dropping(drop)
			w.next = func(s *Submitter) { s.owner = func(string, map[string]keyring) string { return s.self } }
			a, b := w.start(), w.start()
			a.knows(2)
			b.knows(2)
			a.serves(endHeight)
			b.serves(endHeight)
			done := make(chan error, 2)
			for _, s := range []*running{a, b} {
				go func() { done <- s.lookAtTreasury(t.Context()) }()
			}
			require.NoError(t, <-done)
			require.NoError(t, <-done)
			a.crash()
			for height := int64(endHeight + 1); height < 50; height++ {
				if height == 40 {
					left.Store(0)
				}
				b.serves(w.block())
				b.looks()
			}
			require.EqualValues(t, 1000, w.balance(supplier(t, 0)))
			require.EqualValues(t, 1000, w.balance(supplier(t, 1)))
			require.Equal(t, 1, w.payments())
			require.EqualValues(t, 5_000_000-1993-2, w.balance(account))
		})
	}
}

// No more is given in a day than is allowed, and what the treasury does not have is not given.
func TestTopUpsHaveACap(t *testing.T) {
	for name, c := range map[string]struct {
		treasury int64
		perDay   uint64
	}{"of the day": {5_000_000, 1500}, "of what there is": {1_001_500, 1 << 40}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, always)
			w.rich(c.treasury)
			w.toppingUp(c.perDay)
			w.has(supplier(t, 0), 10)
			w.has(supplier(t, 1), 0)
			s := w.start()
			s.serves(endHeight)
			for range 12 {
				s.looks()
				s.serves(w.block())
			}
			require.EqualValues(t, 10, w.balance(supplier(t, 0)))
			require.EqualValues(t, 1000, w.balance(supplier(t, 1)), "the poorest first")
			require.Equal(t, 1, w.payments())
			require.True(t, s.purse.short)
		})
	}
}

// With an allowance an operator that has nothing claims all the same. One whose allowance does not do pays for itself.
func TestFeegrant(t *testing.T) {
	w := newWorld(t, never)
	account := w.rich(5_000_000)
	w.cfg.Treasury.Feegrant = true
	w.keysAre(testKeys[0], testKeys[1])
	w.has(supplier(t, 0), 0)
	s := w.start()
	a, b := newSession(t, supplier(t, 0), "a", 20), newSession(t, supplier(t, 1), "b", 20)
	w.seal(a, b)
	s.owesAll(a, b)
	s.looks()
	w.until(s, claimOpen-1)
	s.looks()
	require.Equal(t, account, s.granter(supplier(t, 0)))
	w.chain.mu.Lock()
	delete(w.chain.purse.granted, supplier(t, 1)) // used up, say
	w.chain.mu.Unlock()
	w.until(s, proofClose)
	require.Equal(t, claimv1.Outcome_OUTCOME_SETTLED, w.ended(s, a).Outcome)
	require.Equal(t, claimv1.Outcome_OUTCOME_SETTLED, w.ended(s, b).Outcome)
	require.Zero(t, w.balance(supplier(t, 0)))
	require.EqualValues(t, plenty-2, w.balance(supplier(t, 1)))
	require.EqualValues(t, 5_000_000-4-2, w.balance(account), "two grants, a claim")
}

// Stakes are counted by their state.
func TestStakesAreWatched(t *testing.T) {
	w := newWorld(t, always)
	w.keysAre(testKeys[0], testKeys[1], testKeys[2])
	w.chain.purse.stakes = map[string]int64{supplier(t, 0): 0, supplier(t, 1): minStake - 1}
	s := w.start()
	s.serves(endHeight)
	s.looks()
	for state, n := range map[treasury.Stake]int{treasury.StakeNone: 1, treasury.StakeTooLow: 1, treasury.StakeFine: 1, treasury.StakeAtRisk: 0} {
		require.EqualValues(t, n, testutil.ToFloat64(s.metrics.stakes.WithLabelValues(string(state))), state)
	}
}
