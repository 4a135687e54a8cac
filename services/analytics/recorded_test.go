package analytics_test

import (
	"encoding/json"
	"net/http"
	"net/url"
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
	Next *int             `json:"next_offset"`
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
		"claims": 1.0, "relays": 25.0, "compute_units": 2500.0, "claimed_upokt": "105000", "settled_upokt": "105000",
		"minted_upokt": "105000", "overservicing_loss_upokt": "0", "deflation_loss_upokt": "0",
		"earned_upokt": "80850", // 14700 + 58800 + 1470 + 5880
		"paid_upokt":   "120225",
	}
	for by, key := range map[string]string{
		"supplier": recordedSupplier, "service": "svc-llm", "application": "pokt13e8cuzwp7pz802u4akdtwkp8vndt6nfthg57cj",
		"session": id, "day": "2026-06-20",
	} {
		settled["key"] = key
		require.Equal(t, []map[string]any{settled}, w.list("/v1/earnings?by="+by).Rows, by)
	}
	require.Equal(t, []map[string]any{
		{"key": recordedDAO, "shares": 5.0, "earned_upokt": "16170", "paid_upokt": "38220"},
		{"key": recordedSupplier, "shares": 2.0, "earned_upokt": "64680", "paid_upokt": "64680"},
		{"key": recordedSource, "shares": 2.0, "earned_upokt": "0", "paid_upokt": "17325"},
	}, w.list("/v1/earnings?by=recipient").Rows, "the event's own reward_distribution, to the unit")
	for query, rows := range map[string]int{
		"from=2026-06-20": 1, "from=2026-06-21": 0, "to=2026-06-20": 0, "to=2026-06-21": 1,
		"from=2026-06-20T20:00:00Z": 1, "to=2026-06-20T20:00:00Z": 0, "from=2026-06-20T20:00:00.000000001Z": 0,
		"supplier=" + recordedSupplier: 1, "supplier=pokt1other": 0, "supplier=pokt1other&supplier=" + recordedSupplier: 1,
		"limit=1": 1, "limit=1&offset=1": 0,
	} {
		require.Len(t, w.list("/v1/earnings?by=supplier&"+query).Rows, rows, query)
	}
}

func TestSessionStoryOfTheAPI(t *testing.T) {
	w := newWorld(t)
	all := tell(w)
	w.settle()
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
	require.Len(t, w.list("/v1/ledger?from_height=21").Rows, 1)
	require.Len(t, w.list("/v1/ledger?to_height=20&supplier=pokt1supplier").Rows, len(all)-1)
	first := w.list("/v1/ledger?limit=1")
	require.Equal(t, 1, *first.Next)
	require.NotEqual(t, first.Rows[0]["session_id"], w.list("/v1/ledger?limit=1&offset=1").Rows[0]["session_id"])

	claims := w.list("/v1/claims").Rows
	require.Len(t, claims, len(all)-1)
	require.Len(t, w.list("/v1/claims?open=true").Rows, 2, "discarded and capped: the submitter has not said their end")
	require.Empty(t, w.list("/v1/claims?supplier=pokt1other").Rows)
	require.Equal(t, "12600", w.list("/v1/claims?open=true").Rows[0]["claimed_upokt"])

	relays := w.list("/v1/relays?by=status").Rows
	require.Len(t, relays, 2)
	require.Equal(t, "200", relays[0]["key"])
	require.Equal(t, 0.0, relays[0]["failed"])
	require.Equal(t, relays[1]["relays"], relays[1]["failed"])
	bySession := w.list("/v1/relays?by=session&limit=500").Rows
	require.Len(t, bySession, len(all))
	for _, by := range []string{"supplier", "service", "application", "day", "relayer"} {
		require.NotEmpty(t, w.list("/v1/relays?by="+by).Rows, by)
	}
	var last map[string]any
	require.Equal(t, http.StatusOK, w.get("/v1/blocks/last", &last))
	require.Equal(t, 32.0, last["height"])
	require.Equal(t, "pocket", last["chain_id"])
}

func TestAPIRefusesWhatItCannotAnswer(t *testing.T) {
	w := newWorld(t)
	for path, status := range map[string]int{
		"/v1/earnings":                                         http.StatusBadRequest,
		"/v1/earnings?by=height":                               http.StatusBadRequest,
		"/v1/earnings?by=day&from=yesterday":                   http.StatusBadRequest,
		"/v1/earnings?by=day&to=99999-01-01":                   http.StatusBadRequest,
		"/v1/earnings?by=day&from=-1":                          http.StatusBadRequest,
		"/v1/relays?by=status&limit=0":                         http.StatusBadRequest,
		"/v1/relays?by=status&limit=501":                       http.StatusBadRequest,
		"/v1/relays?by=status&offset=-1":                       http.StatusBadRequest,
		"/v1/ledger?from_height=x":                             http.StatusBadRequest,
		"/v1/claims?open=perhaps":                              http.StatusBadRequest,
		"/v1/sessions/unknown":                                 http.StatusNotFound,
		"/v1/blocks/last":                                      http.StatusNotFound,
		"/v1/ledger?session=" + url.QueryEscape("' OR 1=1 --"): http.StatusOK,
	} {
		var answer map[string]any
		require.Equal(t, status, w.get(path, &answer), path)
		if status != http.StatusOK {
			require.NotEmpty(t, answer["error"], path)
		}
	}
}
