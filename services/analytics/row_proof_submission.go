package analytics

import (
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/event"
	"github.com/lodeworks/lode/services/kit/ch"
)

// submissionRow is a row of table proof_submissions.
type submissionRow struct {
	claimKey
	origin
	TxIndex uint32 `ch:"tx_index"`
	Updated bool   `ch:"updated"`
}

func (*submissionRow) Table() string { return "proof_submissions" }

// rowOfProofSubmitted reads EventProofSubmitted.
func rowOfProofSubmitted(part *chainv1.Events, e *chainv1.Event) ([]ch.Row, error) {
	var said prooftypes.EventProofSubmitted
	if err := event.Decode(e, &said); err != nil {
		return nil, err
	}
	key := claimKey{said.SupplierOperatorAddress, said.ApplicationAddress, said.ServiceId, said.SessionEndBlockHeight}
	return []ch.Row{&submissionRow{claimKey: key, origin: originOf(part, e), TxIndex: e.TxIndex}}, nil
}

// rowOfProofUpdated reads EventProofUpdated.
func rowOfProofUpdated(part *chainv1.Events, e *chainv1.Event) ([]ch.Row, error) {
	var said prooftypes.EventProofUpdated
	if err := event.Decode(e, &said); err != nil {
		return nil, err
	}
	key := claimKey{said.SupplierOperatorAddress, said.ApplicationAddress, said.ServiceId, said.SessionEndBlockHeight}
	return []ch.Row{&submissionRow{claimKey: key, origin: originOf(part, e), TxIndex: e.TxIndex, Updated: true}}, nil
}
