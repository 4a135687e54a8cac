package analytics_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/analytics/api"
	"github.com/lodeworks/lode/services/kit/bus"
)

// run changes the store, and returns when that is done.
func (w *world) run(query string) {
	w.t.Helper()
	require.NoError(w.t, w.conn.Exec(w.t.Context(), query), query)
}

// later lets the store's relays be so many days older, and has it drop what has expired.
func (w *world) later(days int) {
	w.t.Helper()
	w.run(fmt.Sprintf("ALTER TABLE relays UPDATE stored_at = stored_at - INTERVAL %d DAY WHERE true SETTINGS mutations_sync = 2", days))
	w.run("OPTIMIZE TABLE relays FINAL")
}

func (w *world) stored() (relays uint64) {
	w.t.Helper()
	require.NoError(w.t, w.conn.QueryRow(w.t.Context(), "SELECT count() FROM relays FINAL").Scan(&relays))
	return relays
}

// kept are answers that must be the same whether relays are stored or not.
func (w *world) kept(all map[string]*session) (answers []any) {
	w.t.Helper()
	for _, path := range []string{
		"/v1/ledger?limit=500", "/v1/funnel?by=session", "/v1/funnel", "/v1/relays?group_by=session_end_height,gateway,status,minute", "/v1/relays",
		"/v1/earnings?group_by=session", "/v1/gateway-earnings?group_by=gateway,session", "/v1/estimates?group_by=session", "/v1/sessions/" + all["late"].terms.SessionId,
	} {
		var answer any
		require.Equal(w.t, http.StatusOK, w.get(path, &answer), path)
		answers = append(answers, answer)
	}
	return append(answers, w.fingerprint("relay_minutes"), w.fingerprint("relay_hours"))
}

// raw asks for the relays of a session: rows, those that have expired, and both in a file.
func (w *world) raw(s *session) [4]int {
	w.t.Helper()
	path := "/v1/relays/raw?session=" + s.terms.SessionId
	var page api.Page
	require.Equal(w.t, http.StatusOK, w.get(path, &page))
	res, err := http.Get("http://" + w.cfg.Listen + path + "&format=csv")
	require.NoError(w.t, err)
	defer func() { _ = res.Body.Close() }()
	rows, err := csv.NewReader(res.Body).ReadAll()
	require.NoError(w.t, err)
	var expired int
	if said := res.Header.Get(api.HeaderExpired); said != "" {
		_, err = fmt.Sscan(said, &expired)
		require.NoError(w.t, err)
	}
	return [4]int{len(page.Rows), int(page.Expired), len(rows) - 1, expired}
}

// TestLedgerStaysWhenRelaysExpire: without the relays every sum, every line and every amount is as it was, also when the
// bus is heard again, with the relays and without; and who asks for relays is told that they are gone.
func TestLedgerStaysWhenRelaysExpire(t *testing.T) {
	w := newWorld(t)
	all := tell(w)
	w.rolled()
	w.checkLedger(all)
	before, relays := w.kept(all), w.stored()
	require.NotZero(t, relays)
	w.later(29)
	require.Equal(t, relays, w.stored(), "not yet")
	require.Equal(t, [4]int{7, 0, 7, 0}, w.raw(all["late"]))

	w.later(2)
	require.Zero(t, w.stored())
	w.checkLedger(all)
	require.Equal(t, before, w.kept(all))
	require.Equal(t, [4]int{0, 7, 0, 7}, w.raw(all["late"]))

	stream, err := w.bus.JS.Stream(t.Context(), bus.StreamRelays)
	require.NoError(t, err)
	require.NoError(t, stream.Purge(t.Context())) // as hashers do after the settlement
	w.replay()
	w.rolled()
	require.Zero(t, w.stored())
	w.checkLedger(all)
	require.Equal(t, before, w.kept(all), "seals came again, and no relay that they are of")

	s := all["late"]
	s.served("r1", 8, s.relay(8, true))
	w.rolled()
	require.Equal(t, before, w.kept(all), "a part of the relays does not replace the whole")
}

// TestHowLongRelaysAreKept: it is a setting, and takes effect at the next start.
func TestHowLongRelaysAreKept(t *testing.T) {
	w := newWorld(t)
	for _, days := range []int{30, 7, 0, 0, 3} {
		w.stop()
		w.cfg.RawDays = days
		w.start()
		var engine string
		require.NoError(t, w.conn.QueryRow(t.Context(), "SELECT engine_full FROM system.tables WHERE database = currentDatabase() AND name = 'relays'").Scan(&engine))
		if days == 0 {
			require.NotContains(t, engine, "TTL")
		} else {
			require.Equal(t, 1, strings.Count(engine, fmt.Sprintf("TTL stored_at + toIntervalDay(%d) ", days)), engine)
		}
	}
}
