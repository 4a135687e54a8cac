package ledger

import "time"

// State is how far a line has come.
type State string

// A line is open while the chain can still change it; the other states are final.
const (
	Open      State = "open"
	Empty     State = "empty" // no relay was below the target, or none was served
	Settled   State = "settled"
	Expired   State = "expired"
	Discarded State = "discarded"
	Unclaimed State = "unclaimed"
	Unsealed  State = "unsealed"
	Unseen    State = "unseen" // claimed, and no event says what became of it
)

// Cause names a residue: why two sides of the ledger differ.
type Cause string

// The causes. The ledger balances with those that say Balanced, and with no other.
const (
	CauseOpen              Cause = "open"               // still in its windows, see DueHeight
	CauseLate              Cause = "late"               // Balanced: logged after the tree was sealed
	CauseLoggedAgain       Cause = "logged_again"       // Balanced: a group was stored twice; counted, paid once
	CauseLostFromLog       Cause = "lost_from_log"      // numbered by a relayer and not in the log
	CauseUnsealed          Cause = "unsealed"           // in the log, past claim-window open, and in no tree
	CauseSealDiffers       Cause = "seal_differs"       // the sealed fact and the log's rows disagree
	CauseUnclaimed         Cause = "unclaimed"          // mined, and the claim window closed without a claim
	CauseClaimDiffers      Cause = "claim_differs"      // the claim on chain is not of the sealed tree
	CauseExpired           Cause = "expired"            // claimed, proof missing or invalid
	CauseDiscarded         Cause = "discarded"          // claimed, and the chain could not settle it
	CauseUnseen            Cause = "unseen"             // claimed, the settlement height passed without an event
	CauseSettlementDiffers Cause = "settlement_differs" // settled with other figures than claimed
	CauseOverserviced      Cause = "overserviced"       // Balanced: the application's stake did not cover the claim
	CauseDeflation         Cause = "deflation"          // Balanced: the chain mints less than it burns
)

// balanced are the causes with which every unit still has its place.
var balanced = map[Cause]bool{CauseLate: true, CauseLoggedAgain: true, CauseOverserviced: true, CauseDeflation: true}

// Residue is what one side of the ledger has and the next has not.
type Residue struct {
	Cause        Cause   `json:"cause"`
	Reason       string  `json:"reason,omitempty"` // in the chain's or the submitter's words
	Relays       uint64  `json:"relays"`
	ComputeUnits uint64  `json:"compute_units"`
	Upokt        *Amount `json:"upokt"`                // null: the chain has not put a price on it
	DueHeight    int64   `json:"due_height,omitempty"` // of an open one: the last height at which it can still go well
}

// Line is the ledger of one session and supplier.
type Line struct {
	Key
	Application string `json:"application"`
	Service     string `json:"service"`
	EndHeight   int64  `json:"session_end_height"`
	// EndTime is the time of the session's last block: the day that the line belongs to; zero: not known.
	EndTime       time.Time `json:"session_end_time,omitzero"`
	UnitsPerRelay uint64    `json:"compute_units_per_relay"` // 0: not known

	Stages // in relays

	MinedUnits   uint64 `json:"mined_compute_units"`
	ClaimedUnits uint64 `json:"claimed_compute_units"`
	SettledUnits uint64 `json:"settled_compute_units"`

	ClaimedUpokt     Amount `json:"claimed_upokt"`
	SettledUpokt     Amount `json:"settled_upokt"`
	MintedUpokt      Amount `json:"minted_upokt"`
	OverserviceUpokt Amount `json:"overservicing_loss_upokt"`
	DeflationUpokt   Amount `json:"deflation_loss_upokt"`
	EarnedUpokt      Amount `json:"earned_upokt"` // the supplier's side
	FeeUpokt         Amount `json:"fee_upokt"`    // offered for claim and proof

	ClaimTx string `json:"claim_tx,omitempty"`
	ProofTx string `json:"proof_tx,omitempty"`

	// Refused is how many relays a relayer did not serve, and Refusals why, most first.
	Refused  uint64    `json:"refused"`
	Refusals []Refusal `json:"refusals"`

	State    State     `json:"state"`
	Residues []Residue `json:"residues"`
	Balanced bool      `json:"balanced"` // every equation holds: no residue, or only such as are marked Balanced
}

// Whole tells that nothing was lost on the way: balanced, final, and no residue but a second copy in the log or the
// chain's own deflation.
func (l Line) Whole() bool {
	for _, r := range l.Residues {
		if r.Cause != CauseLoggedAgain && r.Cause != CauseDeflation {
			return false
		}
	}
	return l.Balanced && (l.State == Settled || l.State == Empty)
}
