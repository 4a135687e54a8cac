package exposure

import (
	"math"
	"time"
)

const (
	share      = 16 // a chunk is at most this part of what is free
	firstChunk = 8  // relays that a chunk is of before anything is known about how many come
	// recheck is how long the answer that nothing is free holds: what others give back is seen after it.
	recheck = time.Second
)

// Terms are what a session pays a supplier.
type Terms struct {
	Cost     uint64 // of a relay, in upokt; 0: relays are free, and not bounded
	Max      uint64 // of all its relays, in upokt
	ForgetAt int64  // height after which no relay of the session can come
}

// account is one (supplier, session) as this relayer knows it. Amounts are upokt. It knows no bus, no clock and no
// lock.
type account struct {
	Terms
	// granted is at most what the bucket has under our name. It is lowered before it is given back there.
	granted uint64
	// spent is the cost of the relays reserved and not given back; above granted only by what was let through without a
	// grant, see beyond.
	spent  uint64
	others uint64    // what the bucket had under other names when it was last seen
	chunk  uint64    // the last one granted
	pace   uint64    // the next one is at most this
	recent uint64    // spent since the last sweep
	wanted uint64    // cost of the relays that wait for a grant
	dry    time.Time // until then the bucket is not asked: it said that too little is free
}

func newAccount(t Terms) *account { return &account{Terms: t, pace: first(t.Cost)} }

// first is a chunk before anything is known.
func first(cost uint64) uint64 { return times(cost, firstChunk) }

// left is what may be spent without asking.
func (a *account) left() uint64 { return minus(a.granted, a.spent) }

// take spends the cost of one relay out of what is granted.
func (a *account) take() bool {
	if a.left() < a.Cost {
		return false
	}
	a.beyond()
	return true
}

// beyond spends the cost of one relay, granted or not.
func (a *account) beyond() {
	a.spent = plus(a.spent, a.Cost)
	a.recent = plus(a.recent, a.Cost)
}

// giveBack undoes one of the two.
func (a *account) giveBack() {
	a.spent = minus(a.spent, a.Cost)
	a.recent = minus(a.recent, a.Cost)
}

// low tells that it is time to ask for the next chunk.
func (a *account) low() bool { return a.left() <= a.chunk/2 }

// alone tells whether one more relay fits into the budget as far as it is known here: less what others were last seen
// to hold.
func (a *account) alone() bool { return a.Cost <= minus(minus(a.Max, a.others), a.spent) }

// used is what is held of the budget as far as it is known here.
func (a *account) used() uint64 { return plus(a.others, a.held()) }

// held is what the bucket should have under our name.
func (a *account) held() uint64 { return max(a.granted, a.spent) }

// owing tells that more is spent than the bucket knows of.
func (a *account) owing() bool { return a.spent > a.granted }

// next is the chunk to ask for when others hold that much: a multiple of the cost, 0 when nothing fits.
func (a *account) next(others uint64) uint64 {
	free := minus(minus(a.Max, others), a.held())
	if free < a.Cost || a.Cost == 0 {
		return 0
	}
	chunk := max(min(free/share, a.pace), min(free, max(a.wanted, a.Cost)))
	return chunk - chunk%a.Cost
}

// settle takes over what the bucket has now: ours, which before the write was to be held, and the others'.
func (a *account) settle(held, ours, others uint64) {
	a.granted, a.others = ours, others
	if ours > held {
		a.chunk, a.pace = ours-held, times(a.pace, 2)
	}
}

// surplus takes out of the grant what was not needed since the last call, and begins to count anew.
func (a *account) surplus() (back uint64) {
	a.pace = max(a.recent, first(a.Cost))
	keep := times(a.pace, 2)
	if a.recent == 0 {
		keep = 0
	}
	a.recent = 0
	back = minus(a.left(), keep)
	a.granted -= back
	return back
}

// plus, minus and times stop at the ends of their range instead of going round: an absurd amount is never a small one.
func plus(a, b uint64) uint64 {
	if sum := a + b; sum >= a {
		return sum
	}
	return math.MaxUint64
}

func minus(a, b uint64) uint64 { return a - min(a, b) }

func times(a, n uint64) uint64 {
	if n != 0 && a > math.MaxUint64/n {
		return math.MaxUint64
	}
	return a * n
}
