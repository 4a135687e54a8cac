package analytics

import (
	"errors"
	"fmt"
	"maps"

	"google.golang.org/protobuf/proto"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/ch"
)

// chainEvents hears everything that happened on chain.
var chainEvents = bus.Durable{Stream: bus.StreamChain, Name: "analytics-chain-events", Filters: []string{bus.ChainEventsFilter}}

// reader turns one event into rows.
type reader = func(*chainv1.Events, *chainv1.Event) ([]ch.Row, error)

// typed are the events that have tables of their own, by name.
var typed = allOf(claimEvents, settlementEvents, stakingEvents, plainEvents)

var claimEvents = map[string]reader{
	"pocket.proof.EventClaimCreated":         rowOfClaimCreated,
	"pocket.proof.EventClaimUpdated":         rowOfClaimUpdated,
	"pocket.proof.EventProofSubmitted":       rowOfProofSubmitted,
	"pocket.proof.EventProofUpdated":         rowOfProofUpdated,
	"pocket.proof.EventProofValidityChecked": rowOfProofChecked,
}

var settlementEvents = map[string]reader{
	"pocket.tokenomics.EventClaimSettled":                         rowsOfSettled,
	"pocket.tokenomics.EventClaimExpired":                         rowOfExpired,
	"pocket.tokenomics.EventClaimDiscarded":                       rowOfDiscarded,
	"pocket.tokenomics.EventSupplierSlashed":                      rowsOfSlashed,
	"pocket.tokenomics.EventApplicationOverserviced":              rowOfOverserviced,
	"pocket.tokenomics.EventApplicationReimbursementRequest":      rowOfReimbursement,
	"pocket.tokenomics.EventSettlementBatch":                      rowOfBatch,
	"pocket.tokenomics.EventValidatorRewardDistribution":          rowOfValidator,
	"pocket.tokenomics.EventSupplierRevShareFallbackDistribution": rowOfFallback,
	"pocket.service.EventRelayMiningDifficultyUpdated":            rowOfDifficulty,
}

// allOf joins maps whose keys differ.
func allOf(parts ...map[string]reader) map[string]reader {
	all := map[string]reader{}
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
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
	return RowsOf(&part)
}

// RowsOf are the rows of one part of a block: what is in it as it came, and in the tables of their own. Rows that come with an
// error are all those that are understood.
func RowsOf(part *chainv1.Events) (rows []ch.Row, errs error) {
	for _, tx := range part.Txs {
		rows = append(rows, rowOfTx(part, tx))
		more, err := rowsOfMessages(part, tx)
		if err != nil {
			errs = errors.Join(errs, fmt.Errorf("height %d: %w", part.Height, err))
			continue
		}
		rows = append(rows, more...)
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
