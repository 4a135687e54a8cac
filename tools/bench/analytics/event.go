package analytics

import (
	"fmt"
	"strconv"
	"strings"

	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
)

// events is a part of a block with some settlements of one session end, as the indexer says it.
func (w world) events(from, to uint64) *chainv1.Events {
	first := w.settlement(from)
	part := &chainv1.Events{Height: first.height, TimeUnixNano: timeOf(first.height).UnixNano(), Part: first.index}
	for n := from; n < to; n++ {
		s := w.settlement(n)
		part.Events = append(part.Events, &chainv1.Event{
			Type: "pocket.tokenomics.EventClaimSettled", Section: chainv1.Section_SECTION_END_BLOCK, Index: s.index, Attributes: s.attributes(),
		})
	}
	return part
}

func coin(n uint64) string { return `"` + strconv.FormatUint(n, 10) + `upokt"` }

func number(n uint64) string { return `"` + strconv.FormatUint(n, 10) + `"` }

// attributes are those of the chain's typed event: names in order, values in proto JSON. They are put together by hand, for
// the SDK takes many times as long; a test compares the two.
func (s settlement) attributes() []*chainv1.Attribute {
	var shares strings.Builder
	for i, p := range s.payments {
		if i > 0 {
			shares.WriteByte(',')
		}
		fmt.Fprintf(&shares, `{"recipient_address":%q,"op_reason":%q,"amount":%s}`, p.recipient, tokenomicstypes.SettlementOpReason(p.reason).String(), coin(p.upokt))
	}
	return []*chainv1.Attribute{
		{Key: "application_address", Value: strconv.Quote(application(s.application))},
		{Key: "claim_proof_status_int", Value: "0"},
		{Key: "claimed_upokt", Value: coin(s.claimed)},
		{Key: "deflation_loss_upokt", Value: coin(s.settled - s.minted)},
		{Key: "mint_ratio", Value: `"0.975"`},
		{Key: "minted_upokt", Value: coin(s.minted)},
		{Key: "num_claimed_compute_units", Value: number(s.units)},
		{Key: "num_estimated_compute_units", Value: number(s.estimatedUnits)},
		{Key: "num_estimated_relays", Value: number(s.relays)},
		{Key: "num_relays", Value: number(s.leaves)},
		{Key: "overservicing_loss_upokt", Value: coin(s.claimed - s.settled)},
		{Key: "proof_requirement_int", Value: "0"},
		{Key: "reward_distribution", Value: "{}"},
		{Key: "reward_distribution_detailed", Value: "[" + shares.String() + "]"},
		{Key: "service_id", Value: strconv.Quote(service(s.service))},
		{Key: "session_end_block_height", Value: number(uint64(endOf(s.session)))},
		{Key: "session_id", Value: strconv.Quote(s.id())},
		{Key: "settled_upokt", Value: coin(s.settled)},
		{Key: "supplier_operator_address", Value: strconv.Quote(supplier(s.supplier))},
		{Key: "supplier_owner_address", Value: strconv.Quote(owner(s.supplier))},
	}
}

// id is 64 hex digits that name the session of an application and a service.
func (s settlement) id() string {
	return fmt.Sprintf("%032x%016x%016x", s.session, s.application, s.service)
}
