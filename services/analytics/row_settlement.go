package analytics

import (
	"errors"
	"math/big"

	prooftypes "github.com/pokt-network/poktroll/x/proof/types"
	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/event"
	"github.com/lodeworks/lode/services/kit/ch"
)

// settlementRow is a row of table settlements: one paid claim.
type settlementRow struct {
	claimKey
	origin
	SessionID              string   `ch:"session_id"`
	Owner                  string   `ch:"owner"`
	ProofRequirement       string   `ch:"proof_requirement"`
	NumRelays              uint64   `ch:"num_relays"`
	ComputeUnits           uint64   `ch:"compute_units"`
	EstimatedRelays        uint64   `ch:"estimated_relays"`
	EstimatedComputeUnits  uint64   `ch:"estimated_compute_units"`
	ClaimedUpokt           *big.Int `ch:"claimed_upokt"`
	SettledUpokt           *big.Int `ch:"settled_upokt"`
	MintedUpokt            *big.Int `ch:"minted_upokt"`
	OverservicingLossUpokt *big.Int `ch:"overservicing_loss_upokt"`
	DeflationLossUpokt     *big.Int `ch:"deflation_loss_upokt"`
	MintRatio              string   `ch:"mint_ratio"`
	EarnedUpokt            *big.Int `ch:"earned_upokt"`
	PaidUpokt              *big.Int `ch:"paid_upokt"`
	Version                uint64   `ch:"version"`
}

func (*settlementRow) Table() string { return "settlements" }

// rowsOfSettled reads EventClaimSettled: the settlement and one row for each payment.
func rowsOfSettled(part *chainv1.Events, e *chainv1.Event) ([]ch.Row, error) {
	var said tokenomicstypes.EventClaimSettled
	if err := event.Decode(e, &said); err != nil {
		return nil, err
	}
	var read amounts
	at := originOf(part, e)
	row := &settlementRow{
		claimKey:  claimKey{said.SupplierOperatorAddress, said.ApplicationAddress, said.ServiceId, said.SessionEndBlockHeight},
		origin:    at,
		SessionID: said.SessionId, Owner: said.SupplierOwnerAddress,
		ProofRequirement: prooftypes.ProofRequirementReason(said.ProofRequirementInt).String(),
		NumRelays:        said.NumRelays, ComputeUnits: said.NumClaimedComputeUnits,
		EstimatedRelays: said.NumEstimatedRelays, EstimatedComputeUnits: said.NumEstimatedComputeUnits,
		ClaimedUpokt:           read.upokt("claimed_upokt", said.ClaimedUpokt),
		SettledUpokt:           read.upokt("settled_upokt", said.SettledUpokt),
		MintedUpokt:            read.upokt("minted_upokt", said.MintedUpokt),
		OverservicingLossUpokt: read.upokt("overservicing_loss_upokt", said.OverservicingLossUpokt),
		DeflationLossUpokt:     read.upokt("deflation_loss_upokt", said.DeflationLossUpokt),
		MintRatio:              said.MintRatio, Version: at.version(),
	}
	shares, err := rowsOfShares(row, said.RewardDistributionDetailed)
	row.EarnedUpokt, row.PaidUpokt = sumsOf(shares)
	if row.PaidUpokt.BitLen() > 128 {
		return nil, errors.New("the payments of a settlement are more than 2^128 upokt")
	}
	return append([]ch.Row{row}, shares...), errors.Join(read.err, err)
}
