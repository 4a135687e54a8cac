// Package exposure bounds what an application may owe a supplier in a session, over all relayers and their restarts.
//
//	Reserve ─► account ─── a grant is left ──────────────► the relay is served
//	              │ half of it is used, or all
//	              ▼
//	          bucket: our grant := spent + a chunk of what is free      (compare-and-set, one at a time for an account)
//
// The budget of a (supplier, session) lies in a bucket of the bus, as one grant for each relayer. A relayer takes a
// chunk and serves relays out of it without asking. The grants never exceed the budget in sum, and a relayer never
// serves more than its grant: nothing is served over the budget while the bus answers.
//
// What a relayer writes is its whole grant, never a difference, and nobody else writes it. So a write whose reply was
// lost does no harm whether it happened or not, the next one says the same or more; and a bucket that was emptied is
// filled again by those that live. What a relayer believes it holds is at no time more than what the bucket has.
//
// The other side is what stays unused while somebody is refused. A chunk is what the relays cost that wait for it, or at
// most a sixteenth of what is free, so the last relays go to whoever is asked; it is no more than twice what a relayer
// has lately spent (eight relays at first); and what a relayer did not need since the last sweep goes back. So another
// relayer keeps from us at most 3/32 of the budget (or one relay) and what relays gave back or no longer waited for, for
// at most two sweeps; longer only twice what it spends between two sweeps (or sixteen relays). One that is killed keeps
// its unused grant until the session is over: that much is never served.
//
// While the bus does not answer, each relayer goes on by itself (open) or refuses what its grant does not cover
// (closed). Open, no relayer serves more than the budget less what it last knew others to hold: all of them together at
// most one budget each. What was spent then is in the bucket with the first write that succeeds.
//
// account.go is the arithmetic, meter.go who waits for whom, sweep.go what goes back, bucket.go the bus.
package exposure
