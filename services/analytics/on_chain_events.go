package analytics

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/ch"
)

// chainEvents hears everything that happened on chain.
var chainEvents = bus.Durable{Stream: bus.StreamChain, Name: "analytics-chain-events", Filters: []string{bus.ChainEventsFilter}}

// typed are the events that have tables of their own, by full proto name.
var typed = map[string]func(*chainv1.Events, *chainv1.Event) ([]ch.Row, error){
	"pocket.proof.EventClaimCreated":                 rowOfClaimCreated,
	"pocket.proof.EventClaimUpdated":                 rowOfClaimUpdated,
	"pocket.proof.EventProofValidityChecked":         rowOfProofChecked,
	"pocket.tokenomics.EventClaimSettled":            rowsOfSettled,
	"pocket.tokenomics.EventClaimExpired":            rowOfExpired,
	"pocket.tokenomics.EventClaimDiscarded":          rowOfDiscarded,
	"pocket.tokenomics.EventSupplierSlashed":         rowOfSlashed,
	"pocket.tokenomics.EventApplicationOverserviced": rowOfOverserviced,
}

// onChainEvents stores every event as it came, and the typed ones in their tables too. An event that its type
// cannot decode is stored as it came; the message goes to DEAD beside that.
func onChainEvents(m bus.Msg) ([]ch.Row, error) {
	var part chainv1.Events
	if err := proto.Unmarshal(m.Data, &part); err != nil {
		return nil, fmt.Errorf("decode events: %w", err)
	}
	if part.Height < 1 {
		return nil, errors.New("events without height")
	}
	return rowsOfPart(&part)
}

func rowsOfPart(part *chainv1.Events) (rows []ch.Row, errs error) {
	for _, tx := range part.Txs {
		rows = append(rows, rowOfTx(part, tx))
	}
	for _, e := range part.Events {
		rows = append(rows, rowOfEvent(part, e))
		read, known := typed[e.Type]
		if !known {
			continue
		}
		more, err := read(part, e)
		if err != nil {
			errs = errors.Join(errs, fmt.Errorf("event %d of height %d: %w", e.Index, part.Height, err))
			continue
		}
		rows = append(rows, more...)
	}
	return rows, errs
}
