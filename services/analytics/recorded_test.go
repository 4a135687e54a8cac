package analytics_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// play says the typed events that a real chain gave for one settled session, and its blocks; it returns the session id.
func (w *world) play() string {
	raw, err := os.ReadFile("testdata/on_chain_events.json")
	require.NoError(w.t, err)
	var recorded struct {
		Session string `json:"session_id"`
		Blocks  []struct {
			Height int64            `json:"height"`
			Events []*chainv1.Event `json:"events"`
		} `json:"blocks"`
	}
	require.NoError(w.t, json.Unmarshal(raw, &recorded))
	for _, b := range recorded.Blocks {
		w.say(bus.ChainEventsSubject("tokenomics"), &chainv1.Events{Height: b.Height, TimeUnixNano: blockTime(b.Height), Events: b.Events})
		w.block(b.Height)
	}
	return recorded.Session
}

// list is an answer with rows.
type list struct {
	Rows []map[string]any `json:"rows"`
	Next string           `json:"next_cursor"`
}

func (w *world) list(path string) list {
	w.t.Helper()
	var answer list
	require.Equal(w.t, http.StatusOK, w.get(path, &answer))
	return answer
}

const (
	recordedSupplier = "pokt1sexl3yldph4yqrteam6xkx74yuggmh2x972wfx"
	recordedDAO      = "pokt1npyr2e935lqrp6420jae7dnep6edax3sqmwkgz"
	recordedSource   = "pokt1vc5ryx688tmeazhgt6ltxnmmqmn4u0602hrqc7"
)

func TestEarningsAgreeWithARealSettlement(t *testing.T) {
	w := newWorld(t)
	id := w.play()
	w.settle()
	settled := map[string]any{
		"claims": 1.0, "relays": 25.0, "estimated_relays": 25.0, "compute_units": 2500.0, "estimated_compute_units": 2500.0,
		"claimed_upokt": "105000", "settled_upokt": "105000", "minted_upokt": "105000", "overservicing_loss_upokt": "0", "deflation_loss_upokt": "0",
		"earned_upokt": "80850", // 14700 + 58800 + 1470 + 5880
		"paid_upokt":   "120225", "tokens": 0.0, "earned_per_relay": 3234.0, "earned_per_compute_unit": 32.34, "earned_per_1000_tokens": nil,
	}
	for by, key := range map[string]any{
		"supplier": recordedSupplier, "service": "svc-llm", "application": "pokt13e8cuzwp7pz802u4akdtwkp8vndt6nfthg57cj",
		"session": id, "day": "2026-06-20", "month": "2026-06-01", "week": "2026-06-15", "hour": "2026-06-20T20:00:00Z", "height": 1220.0,
	} {
		want := maps.Clone(settled)
		want[by] = key
		require.Equal(t, []map[string]any{want}, w.list("/v1/earnings?group_by="+by).Rows, by)
	}
	require.Equal(t, []map[string]any{
		{"recipient": recordedDAO, "payments": 5.0, "upokt": "38220"},
		{"recipient": recordedSupplier, "payments": 2.0, "upokt": "64680"},
		{"recipient": recordedSource, "payments": 2.0, "upokt": "17325"},
	}, w.list("/v1/rewards?group_by=recipient&supplier="+recordedSupplier).Rows, "the event's own reward_distribution, to the unit")
	for query, rows := range map[string]int{
		"from=2026-06-20": 1, "from=2026-06-21": 0, "to=2026-06-20": 0, "to=2026-06-21": 1,
		"from=2026-06-20T20:00:00Z": 1, "to=2026-06-20T20:00:00Z": 0, "from=2026-06-20T20:00:00.000000001Z": 0,
		"supplier=" + recordedSupplier: 1, "supplier=pokt1other": 0, "supplier=pokt1other&supplier=" + recordedSupplier: 1,
		"from=height:1220": 1, "from=height:1221": 0, "to=height:1220": 0, "from=2026-06-20&to=height:1221": 1, "limit=1": 1,
	} {
		require.Len(t, w.list("/v1/earnings?group_by=supplier&"+query).Rows, rows, query)
	}
}

func TestSessionStoryOfTheAPI(t *testing.T) {
	w := newWorld(t)
	all := tell(w)
	w.rolled()
	var answer struct {
		Height int64            `json:"height"`
		Lines  []map[string]any `json:"lines"`
		Events []map[string]any `json:"events"`
	}
	require.Equal(t, http.StatusOK, w.get("/v1/sessions/"+all["expired"].terms.SessionId, &answer))
	require.Equal(t, int64(32), answer.Height)
	require.Len(t, answer.Lines, 1)
	require.Equal(t, "expired", answer.Lines[0]["state"])
	require.Equal(t, false, answer.Lines[0]["balanced"])
	require.Equal(t, "AB", answer.Lines[0]["claim_tx"])
	var events []any
	for _, e := range answer.Events {
		events = append(events, e["event"], e["height"], e["detail"])
	}
	require.Equal(t, []any{"claim_created", 22.0, "", "expired", 30.0, "PROOF_MISSING"}, events)

	require.Len(t, w.list("/v1/ledger?session="+all["late"].terms.SessionId).Rows, 1)
	require.Len(t, w.list("/v1/ledger?from=height:21").Rows, 1)
	require.Len(t, w.list("/v1/ledger?to=height:21&supplier=pokt1supplier").Rows, len(all)-1)
	for bounds, n := range map[string]int{
		"to=height:1": 0, "to=2026-04-01": 0, "from=2200-01-01": 0, "to=2200-01-01": len(all), "from=2026-05-01T22:30:00Z": 1, "from=height:20&to=height:21": len(all) - 1,
	} {
		require.Len(t, w.list("/v1/ledger?limit=500&"+bounds).Rows, n, bounds)
	}
	var refused map[string]string
	require.Equal(t, http.StatusNotFound, w.get("/v1/whatif", &refused))
	require.Contains(t, refused["error"], "is the chain's state read", "there is no node")
	whole := w.list("/v1/ledger?limit=500").Rows
	for at, l := range whole[:len(whole)-1] {
		behind := fmt.Sprintf("/v1/ledger?limit=1&after_height=%v&after_session=%v&after_supplier=%v", l["session_end_height"], l["session_id"], l["supplier"])
		require.Equal(t, whole[at+1:at+2], w.list(behind).Rows)
	}

	obligations := w.list("/v1/obligations?show=all").Rows
	require.Len(t, obligations, len(all)-2, "but the open one, and one of which all was refused")
	open := w.list("/v1/obligations").Rows
	require.Len(t, open, 2, "discarded and capped: the submitter has not said their end")
	require.Empty(t, w.list("/v1/obligations?supplier=pokt1other").Rows)
	require.Equal(t, []any{"12600", 30.0, -2.0}, []any{open[0]["claimed_upokt"], open[0]["due_height"], open[0]["blocks_left"]})

	w.rolled()
	relays := w.list("/v1/relays?group_by=status").Rows
	require.Len(t, relays, 2)
	require.Equal(t, 200.0, relays[0]["status"])
	require.Equal(t, 0.0, relays[0]["failed"])
	require.Equal(t, relays[1]["relays"], relays[1]["failed"])
	last := w.list("/v1/blocks?limit=1").Rows[0]
	require.Equal(t, 32.0, last["height"])
	require.Equal(t, "pocket", last["chain_id"])
	require.Equal(t, 6.0, w.list("/v1/index").Rows[0]["missing"], "of 22 to 32 five were said")
}
