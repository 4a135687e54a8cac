package ledger

import "fmt"

// Settle is the equation: the line of one session and supplier, from what is known at a height of the chain.
func Settle(f Facts, height int64) Line {
	b := &book{facts: f, height: height, line: Line{
		Key: f.Key, Application: f.Application, Service: f.Service, EndHeight: f.EndHeight,
		EndTime: f.EndTime, UnitsPerRelay: f.UnitsPerRelay,
		Stages: Stages{Served: f.Log.Served, Logged: f.Log.Logged, Late: f.Log.Late}, Residues: []Residue{}, Refusals: []Refusal{},
	}}
	b.refused()
	b.log()
	if b.seal() && b.claim() {
		b.settlement()
	}
	if o := f.Obligation; o != nil {
		b.line.FeeUpokt, b.line.ClaimTx, b.line.ProofTx = o.FeeUpokt, o.ClaimTx, o.ProofTx
	}
	b.line.Balanced = true
	for _, r := range b.line.Residues {
		b.line.Balanced = b.line.Balanced && balanced[r.Cause]
	}
	return b.line
}

// book is one line while it is written.
type book struct {
	facts  Facts
	height int64
	line   Line
}

func (b *book) residue(r Residue) { b.line.Residues = append(b.line.Residues, r) }

// relays is a residue of n relays without a price.
func (b *book) relays(cause Cause, n uint64, reason string) Residue {
	return Residue{Cause: cause, Reason: reason, Relays: n, ComputeUnits: n * b.facts.UnitsPerRelay}
}

// open notes what is still in its windows.
func (b *book) open(r Residue, due int64) {
	r.Cause, r.DueHeight = CauseOpen, due
	b.line.State = Open
	b.residue(r)
}

// refused: what was never served, beside the equation.
func (b *book) refused() {
	for _, r := range b.facts.Refusals {
		r.ComputeUnits = r.Relays * b.facts.UnitsPerRelay
		b.line.Refused += r.Relays
		b.line.Refusals = append(b.line.Refusals, r)
	}
}

// log: served = logged, by the relayers' numbers.
func (b *book) log() {
	log := b.facts.Log
	if lost := log.Served - log.Numbers; log.Served > log.Numbers {
		b.residue(b.relays(CauseLostFromLog, lost, "numbers missing"))
	}
	if again := log.Logged - log.Numbers; log.Logged > log.Numbers {
		b.residue(b.relays(CauseLoggedAgain, again, ""))
	}
}

// seal: logged = mined + filtered + duplicate + late, by the sealed fact and by the rows. It returns false when
// there is no tree that could be claimed.
func (b *book) seal() bool {
	counts := b.facts.Log.Counts
	sealed := b.facts.Seal
	if sealed != nil {
		if *sealed != (Seal{counts.Sum(), counts}) {
			b.residue(b.relays(CauseSealDiffers, distance(sealed.Logged, counts.Sum()), fmt.Sprintf(
				"sealed logged %d mined %d filtered %d duplicate %d, in the log %d %d %d %d", sealed.Logged,
				sealed.Mined, sealed.Filtered, sealed.Duplicate, counts.Sum(), counts.Mined, counts.Filtered, counts.Duplicate)))
		}
		counts = sealed.Counts
	}
	b.line.Mined, b.line.Filtered, b.line.Duplicate = counts.Mined, counts.Filtered, counts.Duplicate
	b.line.MinedUnits = counts.Mined * b.facts.UnitsPerRelay
	if b.facts.Log.Late > 0 {
		b.residue(b.relays(CauseLate, b.facts.Log.Late, ""))
	}
	if sealed != nil {
		return true
	}
	if f := b.facts; len(f.Refusals) > 0 && f.Log.Served+f.Log.Logged == 0 && f.Obligation == nil && b.onChain() == nil {
		b.line.State = Empty // nothing was served
		return false
	}
	if due := b.facts.ClaimOpenHeight; b.height <= due+1 { // sealing starts when the window's first block is seen
		b.open(b.relays(CauseOpen, counts.Sum(), "not yet sealed"), due)
	} else {
		b.line.State = Unsealed
		b.residue(b.relays(CauseUnsealed, counts.Sum(), "no tree was sealed"))
	}
	return false
}

// claim: mined = claimed, by the chain's event. It returns false when there is no claim.
func (b *book) claim() bool {
	claim := b.onChain()
	if claim == nil {
		b.unclaimed()
		return false
	}
	b.line.Claimed, b.line.ClaimedUnits, b.line.ClaimedUpokt = claim.Relays, claim.ComputeUnits, claim.Upokt
	if claim.Relays != b.line.Mined || (b.facts.UnitsPerRelay > 0 && claim.ComputeUnits != b.line.MinedUnits) {
		b.residue(Residue{Cause: CauseClaimDiffers,
			Reason: fmt.Sprintf("mined %d relays, %d compute units", b.line.Mined, b.line.MinedUnits),
			Relays: distance(claim.Relays, b.line.Mined), ComputeUnits: distance(claim.ComputeUnits, b.line.MinedUnits)})
	}
	return true
}

// onChain is the claim by its own event, or by the event that ended it when the index begins in between.
func (b *book) onChain() *Claim {
	switch f := b.facts; {
	case f.Claim != nil:
		return f.Claim
	case f.Settlement != nil:
		return &f.Settlement.Claim
	case f.Failure != nil && f.Failure.Relays > 0:
		return &f.Failure.Claim
	default:
		return nil
	}
}

// unclaimed says why mined relays have no claim.
func (b *book) unclaimed() {
	if b.line.Mined == 0 {
		b.line.State = Empty
		return
	}
	rest := b.relays(CauseUnclaimed, b.line.Mined, "no claim was attempted")
	due := b.facts.ClaimOpenHeight + 1
	ended := false
	if o := b.facts.Obligation; o != nil {
		due, ended = o.ClaimCloseHeight, o.Outcome != ""
		rest.Upokt, rest.Reason = &o.ClaimedUpokt, o.explain("no claim on chain")
	}
	if !ended && b.height <= due {
		b.open(rest, due)
		return
	}
	b.line.State = Unclaimed
	b.residue(rest)
}

// explain is the outcome and its reason, or other when there is none yet.
func (o *Obligation) explain(other string) string {
	switch {
	case o.Outcome == "":
		return other
	case o.Reason == "":
		return o.Outcome
	default:
		return o.Outcome + ": " + o.Reason
	}
}

// settlement: claimed = settled, by the chain's event, in relays, compute units and upokt.
func (b *book) settlement() {
	switch f := b.facts; {
	case f.Settlement != nil:
		b.settled(f.Settlement)
	case f.Failure != nil:
		b.line.State = State(f.Failure.Kind)
		b.claimed(Cause(f.Failure.Kind), f.Failure.Reason)
	default:
		b.unsettled()
	}
}

// claimed is a residue of the whole claim.
func (b *book) claimed(cause Cause, reason string) {
	b.residue(b.wholeClaim(cause, reason))
}

func (b *book) wholeClaim(cause Cause, reason string) Residue {
	return Residue{Cause: cause, Reason: reason, Relays: b.line.Claimed, ComputeUnits: b.line.ClaimedUnits, Upokt: &b.line.ClaimedUpokt}
}

// unsettled is a claim whose end is not known yet.
func (b *book) unsettled() {
	due := int64(0)
	if b.facts.Obligation != nil {
		due = b.facts.Obligation.ProofCloseHeight
	}
	if due == 0 || b.height <= due+1 { // the events of a height can be stored a moment after its block
		b.open(b.wholeClaim(CauseOpen, "not yet settled"), due)
		return
	}
	b.line.State = Unseen
	b.claimed(CauseUnseen, "")
}

func (b *book) settled(s *Settlement) {
	line := &b.line
	line.State = Settled
	line.Settled, line.SettledUnits = s.Relays, s.ComputeUnits
	line.SettledUpokt, line.MintedUpokt, line.EarnedUpokt = s.SettledUpokt, s.MintedUpokt, s.EarnedUpokt
	line.OverserviceUpokt, line.DeflationUpokt = s.OverserviceUpokt, s.DeflationUpokt
	same := s.Relays == line.Claimed && s.ComputeUnits == line.ClaimedUnits && s.Upokt.Equal(line.ClaimedUpokt) &&
		s.SettledUpokt.Plus(s.OverserviceUpokt).Equal(s.Upokt) && s.MintedUpokt.Plus(s.DeflationUpokt).Equal(s.SettledUpokt)
	if !same {
		apart := line.ClaimedUpokt.Minus(s.SettledUpokt).Minus(s.OverserviceUpokt)
		b.residue(Residue{Cause: CauseSettlementDiffers, Relays: distance(s.Relays, line.Claimed),
			ComputeUnits: distance(s.ComputeUnits, line.ClaimedUnits), Upokt: &apart,
			Reason: fmt.Sprintf("settlement says %d relays, %d compute units, %s upokt claimed", s.Relays, s.ComputeUnits, s.Upokt)})
	}
	if !s.OverserviceUpokt.Zero() {
		b.residue(Residue{Cause: CauseOverserviced, Upokt: &line.OverserviceUpokt})
	}
	if !s.DeflationUpokt.Zero() {
		b.residue(Residue{Cause: CauseDeflation, Upokt: &line.DeflationUpokt})
	}
}

// distance is |a - b|.
func distance(a, b uint64) uint64 { return max(a, b) - min(a, b) }
