package analytics

import (
	"math/big"

	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/event"
	"github.com/lodeworks/lode/services/kit/ch"
)

// failureRow is a row of table claim_failures.
type failureRow struct {
	claimKey
	origin
	Kind           string   `ch:"kind"`
	Reason         string   `ch:"reason"`
	NumRelays      uint64   `ch:"num_relays"`
	ComputeUnits   uint64   `ch:"compute_units"`
	Upokt          *big.Int `ch:"upokt"`
	EffectiveUpokt *big.Int `ch:"effective_upokt"`
	SpendLimit     bool     `ch:"spend_limit_exceeded"`
	Version        uint64   `ch:"version"`
}

func (*failureRow) Table() string { return "claim_failures" }

// failure starts a row of one kind with zero amounts.
func failure(part *chainv1.Events, e *chainv1.Event, kind string, key claimKey) *failureRow {
	at := originOf(part, e)
	return &failureRow{claimKey: key, origin: at, Kind: kind, Upokt: new(big.Int), EffectiveUpokt: new(big.Int), Version: at.version()}
}

// rowOfExpired reads EventClaimExpired: the proof was missing or invalid, nothing is paid.
func rowOfExpired(part *chainv1.Events, e *chainv1.Event) ([]ch.Row, error) {
	var said tokenomicstypes.EventClaimExpired
	if err := event.Decode(e, &said); err != nil {
		return nil, err
	}
	var read amounts
	row := failure(part, e, "expired", claimKey{said.SupplierOperatorAddress, said.ApplicationAddress, said.ServiceId, said.SessionEndBlockHeight})
	row.Reason = said.ExpirationReason.String()
	row.NumRelays, row.ComputeUnits = said.NumRelays, said.NumClaimedComputeUnits
	row.Upokt = read.upokt("claimed_upokt", said.ClaimedUpokt)
	return []ch.Row{row}, read.err
}

// rowOfDiscarded reads EventClaimDiscarded: the chain could not settle the claim, nothing is paid or slashed.
func rowOfDiscarded(part *chainv1.Events, e *chainv1.Event) ([]ch.Row, error) {
	var said tokenomicstypes.EventClaimDiscarded
	if err := event.Decode(e, &said); err != nil {
		return nil, err
	}
	row := failure(part, e, "discarded", claimKey{said.SupplierOperatorAddress, said.ApplicationAddress, said.ServiceId, said.SessionEndBlockHeight})
	row.Reason = said.Error
	return []ch.Row{row}, nil
}

// rowsOfSlashed reads EventSupplierSlashed: the penalty for an expired claim, and the stake that it leaves.
func rowsOfSlashed(part *chainv1.Events, e *chainv1.Event) ([]ch.Row, error) {
	var said tokenomicstypes.EventSupplierSlashed
	if err := event.Decode(e, &said); err != nil {
		return nil, err
	}
	var read amounts
	row := failure(part, e, "slashed", claimKey{said.SupplierOperatorAddress, said.ApplicationAddress, said.ServiceId, said.SessionEndBlockHeight})
	row.Upokt = read.upokt("proof_missing_penalty", said.ProofMissingPenalty)
	row.EffectiveUpokt = read.upokt("supplier_stake_after_slash", said.SupplierStakeAfterSlash)
	left := actorAt(part, e, kindSupplier, said.SupplierOperatorAddress, "slashed")
	left.StakeUpokt = row.EffectiveUpokt
	return []ch.Row{row, left}, read.err
}

// rowOfOverserviced reads EventApplicationOverserviced: the application's stake did not cover the claim.
func rowOfOverserviced(part *chainv1.Events, e *chainv1.Event) ([]ch.Row, error) {
	var said tokenomicstypes.EventApplicationOverserviced
	if err := event.Decode(e, &said); err != nil {
		return nil, err
	}
	var read amounts
	row := failure(part, e, "overserviced", claimKey{said.SupplierOperatorAddr, said.ApplicationAddr, said.ServiceId, said.SessionEndBlockHeight})
	row.Upokt = read.upokt("expected_burn", said.ExpectedBurn)
	row.EffectiveUpokt = read.upokt("effective_burn", said.EffectiveBurn)
	row.SpendLimit = said.SpendLimitExceeded
	return []ch.Row{row}, read.err
}
