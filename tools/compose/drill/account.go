package drill

import (
	"errors"
	"fmt"

	"github.com/lodeworks/lode/services/analytics/ledger"
)

// Result is what came of a drill: the last line of `compose e2e`.
type Result struct {
	Relays         uint64 `json:"relays"`  // served, as the ledger counts
	Settled        uint64 `json:"settled"` // of these, settled on chain
	Faults         int    `json:"faults"`  // injected
	Lost           uint64 `json:"lost"`    // answered and not settled, or missing in the ledger without a name
	MaxUnavailable int64  `json:"max_unavailable_ms"`
}

// explained are the causes that have a name in a ledger that balances. Whether somebody was answered is counted apart.
var explained = map[ledger.Cause]bool{
	ledger.CauseLate: true, ledger.CauseLoggedAgain: true, ledger.CauseOverserviced: true, ledger.CauseDeflation: true,
}

// settle holds the answers of each session against the ledger's lines, of which all must be final. The error names every
// session and line that is not as it should be.
func settle(answered map[string]int, lines []ledger.Line) (Result, error) {
	var r Result
	var errs []error
	settled := map[string]uint64{}
	for _, l := range lines {
		r.Relays += l.Served
		r.Settled += l.Settled
		settled[l.Session] += l.Settled
		unexplained := uint64(0)
		for _, residue := range l.Residues {
			if !explained[residue.Cause] {
				unexplained += residue.Relays
			}
		}
		r.Lost += unexplained
		if !l.Whole() {
			errs = append(errs, fmt.Errorf("session %s of %s is %s, balanced %v, residues %+v", l.Session, l.Supplier, l.State, l.Balanced, l.Residues))
		}
	}
	for session, n := range answered {
		if got := settled[session]; got < uint64(n) {
			r.Lost += uint64(n) - got
			errs = append(errs, fmt.Errorf("session %s: %d relays answered, %d settled", session, n, got))
		}
	}
	return r, errors.Join(errs...)
}
