package analytics

import (
	"math/big"

	prooftypes "github.com/pokt-network/poktroll/x/proof/types"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/event"
	"github.com/lodeworks/lode/services/kit/ch"
)

// claimRow is a row of table claims: the newest claim for a key, as the chain has it.
type claimRow struct {
	claimKey
	origin
	NumRelays       uint64   `ch:"num_relays"`
	ComputeUnits    uint64   `ch:"compute_units"`
	EstimatedRelays uint64   `ch:"estimated_relays"`
	ClaimedUpokt    *big.Int `ch:"claimed_upokt"`
	Updated         bool     `ch:"updated"`
	TxIndex         uint32   `ch:"tx_index"`
	Version         uint64   `ch:"version"`
}

func (*claimRow) Table() string { return "claims" }

// rowOfClaimCreated reads EventClaimCreated.
func rowOfClaimCreated(part *chainv1.Events, e *chainv1.Event) ([]ch.Row, error) {
	var said prooftypes.EventClaimCreated
	if err := event.Decode(e, &said); err != nil {
		return nil, err
	}
	return rowOfClaim(part, e, said, false)
}

// rowOfClaimUpdated reads EventClaimUpdated, which has the same fields.
func rowOfClaimUpdated(part *chainv1.Events, e *chainv1.Event) ([]ch.Row, error) {
	var said prooftypes.EventClaimUpdated
	if err := event.Decode(e, &said); err != nil {
		return nil, err
	}
	return rowOfClaim(part, e, prooftypes.EventClaimCreated(said), true)
}

func rowOfClaim(part *chainv1.Events, e *chainv1.Event, said prooftypes.EventClaimCreated, updated bool) ([]ch.Row, error) {
	var read amounts
	at := originOf(part, e)
	row := &claimRow{
		claimKey:  claimKey{said.SupplierOperatorAddress, said.ApplicationAddress, said.ServiceId, said.SessionEndBlockHeight},
		origin:    at,
		NumRelays: said.NumRelays, ComputeUnits: said.NumClaimedComputeUnits, EstimatedRelays: said.NumEstimatedRelays,
		ClaimedUpokt: read.upokt("claimed_upokt", said.ClaimedUpokt), Updated: updated, TxIndex: e.TxIndex, Version: at.version(),
	}
	return []ch.Row{row}, read.err
}
