package analytics

import (
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/event"
	"github.com/lodeworks/lode/services/kit/ch"
)

// proofRow is a row of table proofs: the newest check of a claim's proof.
type proofRow struct {
	claimKey
	origin
	Status        string `ch:"status"`
	FailureReason string `ch:"failure_reason"`
	Version       uint64 `ch:"version"`
}

func (*proofRow) Table() string { return "proofs" }

// rowOfProofChecked reads EventProofValidityChecked.
func rowOfProofChecked(part *chainv1.Events, e *chainv1.Event) ([]ch.Row, error) {
	var said prooftypes.EventProofValidityChecked
	if err := event.Decode(e, &said); err != nil {
		return nil, err
	}
	at := originOf(part, e)
	return []ch.Row{&proofRow{
		claimKey:      claimKey{said.SupplierOperatorAddress, said.ApplicationAddress, said.ServiceId, said.SessionEndBlockHeight},
		origin:        at,
		Status:        prooftypes.ClaimProofStatus(said.ClaimProofStatusInt).String(),
		FailureReason: said.FailureReason, Version: at.version(),
	}}, nil
}
