package ledger

import "time"

// Key names a line: a session belongs to several suppliers, each with its own tree and claim.
type Key struct {
	Session  string `json:"session_id"` // 64 lower-case hex digits
	Supplier string `json:"supplier"`   // operator address
}

// Facts are what is known of one session and supplier, each part from its own source; a nil part is not known.
type Facts struct {
	Key
	Application     string
	Service         string
	EndHeight       int64
	EndTime         time.Time // of the session's last block; zero: not known
	ClaimOpenHeight int64     // 0: not known
	UnitsPerRelay   uint64    // weight of a leaf; 0: not known

	Log        Log
	Refusals   []Refusal // by cause, most first
	Seal       *Seal
	Obligation *Obligation
	Claim      *Claim
	Settlement *Settlement
	Failure    *Failure
}

// Refusal is how many relays were not served for one cause. They are in no log: beside the equation, not inside.
type Refusal struct {
	Cause        string `json:"cause"`
	Relays       uint64 `json:"relays"`
	ComputeUnits uint64 `json:"compute_units"` // 0: the weight of a relay is not known
}

// Log is what the rows of the relay log say.
type Log struct {
	Served  uint64 // sum over relayer incarnations of their highest number
	Numbers uint64 // distinct (incarnation, number): at most Served
	Logged  uint64 // distinct log entries
	Counts         // of the entries up to the seal, or of all when there is none
	Late    uint64 // entries behind the seal; Logged = Counts' sum + Late
}

// Counts divide log entries; their sum is the number of entries.
type Counts struct {
	Mined     uint64 // distinct hashes below the target
	Filtered  uint64 // entries at or above the target
	Duplicate uint64 // entries below the target with the hash of an earlier one
}

// Sum is the number of entries.
func (c Counts) Sum() uint64 { return c.Mined + c.Filtered + c.Duplicate }

// Seal is the sealed fact.
type Seal struct {
	Logged uint64
	Counts
}

// Obligation is our submitter's newest word.
type Obligation struct {
	Outcome          string // empty while it is open
	Reason           string
	ClaimCloseHeight int64
	ProofCloseHeight int64
	ClaimedUpokt     Amount
	FeeUpokt         Amount
	ClaimTx          string
	ProofTx          string
}

// Claim is the newest claim on chain.
type Claim struct {
	Relays       uint64
	ComputeUnits uint64
	Upokt        Amount
}

// Settlement is the chain's payment.
type Settlement struct {
	Claim                   // as the chain settled it: Upokt is before caps
	Height           int64  // of the settlement
	SettledUpokt     Amount // after caps
	MintedUpokt      Amount
	OverserviceUpokt Amount // loss by caps
	DeflationUpokt   Amount // loss by the mint ratio
	EarnedUpokt      Amount // shares with reason 4 and 7: the supplier's side
}

// Failure is how the chain ended a claim without payment.
type Failure struct {
	Claim
	Kind   string // expired or discarded
	Reason string
	Height int64
}
