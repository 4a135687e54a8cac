package analytics_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// rolled returns when the sums have every relay that is stored.
func (w *world) rolled() {
	w.t.Helper()
	w.settle()
	require.Eventually(w.t, func() bool {
		var behind uint64
		err := w.conn.QueryRow(w.t.Context(), `SELECT countIf(marked >= built) FROM
(SELECT end_height, max(marked_at) AS marked FROM relay_marks GROUP BY end_height) AS m
LEFT JOIN (SELECT end_height, max(built_at) AS built FROM rollups GROUP BY end_height) AS b USING (end_height)`).Scan(&behind)
		return err == nil && behind == 0
	}, 4*time.Minute, 10*time.Millisecond, "relays are not summed")
}

// sums are a row of a rollup as the slow reference has it.
type sums struct {
	relays, mined, streamed, unknown, units, prompt, completion, took, writing uint64
	times                                                                      []uint64
}

// traffic says random relays of a few sessions, in groups, and returns what their sums must be by bucket.
func traffic(w *world, random *rand.Rand, bucket func(time.Time) time.Time) map[string]*sums {
	want := map[string]*sums{}
	start := time.Date(2026, 5, 1, 12, 58, 0, 0, time.UTC)
	for n := range 6 {
		s := w.session(fmt.Sprint("traffic", n), int64(20+10*(n%2)))
		s.terms.Supplier = fmt.Sprint("pokt1supplier", n%3)
		next := map[string]uint64{}
		for range 8 {
			relayer := fmt.Sprint("r", random.IntN(2))
			group := &relayv1.ServedGroup{Relayer: relayer, Terms: []*relayv1.Terms{s.terms}}
			for range 1 + random.IntN(9) {
				next[relayer]++
				mined := random.IntN(2) == 0
				at := start.Add(time.Duration(random.Int64N(int64(4 * time.Minute))))
				r := &relayv1.Served{
					Number: next[relayer], Relay: s.relay(random.IntN(1e9), mined), ServedUnixNano: at.UnixNano(), StatusCode: 200 + 300*uint32(random.IntN(2)),
					BackendNanos: 1e6 + random.Uint64N(1e9), Model: fmt.Sprint("m", random.IntN(2)), Streamed: random.IntN(2) == 0,
					UsageKnown: random.IntN(2) == 0, Gateway: fmt.Sprint("g", random.IntN(2)), GatewayBy: relayv1.GatewayBy(1 + random.IntN(2)),
					Backend: fmt.Sprint("b", random.IntN(2)), Region: fmt.Sprint("here", random.IntN(2)),
				}
				if r.UsageKnown {
					r.PromptTokens, r.CompletionTokens = random.Uint64N(100), random.Uint64N(100)
				}
				group.Relays = append(group.Relays, r)
				key := fmt.Sprintf("%s %s %s %d %s %s %s %s", bucket(at).Format(time.DateTime), s.terms.Supplier, r.Model, r.StatusCode,
					r.Gateway, []string{"ring", "claim"}[r.GatewayBy-1], r.Backend, r.Region)
				if want[key] == nil {
					want[key] = &sums{}
				}
				want[key].add(r, mined)
			}
			w.say(bus.RelayServedSubject("7", fmt.Sprint(s.terms.EndHeight)), group)
		}
	}
	return want
}

func (s *sums) add(r *relayv1.Served, mined bool) {
	one := func(is bool) uint64 {
		if is {
			return 1
		}
		return 0
	}
	s.relays, s.units = s.relays+1, s.units+unitsPerRelay
	s.mined, s.streamed, s.unknown = s.mined+one(mined), s.streamed+one(r.Streamed), s.unknown+one(!r.UsageKnown)
	s.prompt, s.completion, s.took = s.prompt+r.PromptTokens, s.completion+r.CompletionTokens, s.took+r.BackendNanos
	if r.CompletionTokens > 0 {
		s.writing += r.BackendNanos
	}
	s.times = append(s.times, r.BackendNanos)
}

// checkSums compares a rollup with the reference.
func (w *world) checkSums(table string, want map[string]*sums) {
	w.t.Helper()
	rows, err := w.conn.Query(w.t.Context(), `SELECT concat(toString(minute), ' ', supplier, ' ', model, ' ', toString(status), ' ',
gateway, ' ', gateway_by, ' ', backend, ' ', region),
sum(relays), sum(mined), sum(streamed), sum(usage_unknown), sum(compute_units), sum(prompt_tokens), sum(completion_tokens), sum(backend_ns),
sum(writing_ns), quantilesBFloat16Merge(0.5)(backend_sketch)[1] FROM `+table+` FINAL GROUP BY minute, supplier, model, status, gateway, gateway_by, backend, region`)
	require.NoError(w.t, err)
	defer func() { require.NoError(w.t, rows.Close()) }()
	n := 0
	for ; rows.Next(); n++ {
		var key string
		var got sums
		var median float64
		require.NoError(w.t, rows.Scan(&key, &got.relays, &got.mined, &got.streamed, &got.unknown, &got.units, &got.prompt, &got.completion,
			&got.took, &got.writing, &median))
		ref := want[key]
		require.NotNil(w.t, ref, key)
		slices.Sort(ref.times)
		low, high := float64(ref.times[(len(ref.times)-1)/2]), float64(ref.times[len(ref.times)/2])
		require.GreaterOrEqual(w.t, median, low*0.99, key)
		require.LessOrEqual(w.t, median, high, key)
		got.times = ref.times
		require.Equal(w.t, *ref, got, key)
	}
	require.NoError(w.t, rows.Err())
	require.Len(w.t, want, n)
}

// fingerprint is all of a rollup but the time of its making.
func (w *world) fingerprint(table string) (hash uint64) {
	w.t.Helper()
	require.NoError(w.t, w.conn.QueryRow(w.t.Context(), `SELECT groupBitXor(cityHash64(* EXCEPT (built_at, backend_sketch, first_token_sketch),
finalizeAggregation(backend_sketch), finalizeAggregation(first_token_sketch))) FROM `+table+` FINAL`).Scan(&hash))
	return hash
}

// TestSumsAreOfEveryRelayOnce: by minute and by hour, after relays that came later, and after everything came again.
func TestSumsAreOfEveryRelayOnce(t *testing.T) {
	w := newWorld(t)
	w.relayedTwice(time.Minute, "relay_minutes")
}

func TestHoursAreTheSumsOfMinutes(t *testing.T) {
	w := newWorld(t)
	w.relayedTwice(time.Hour, "relay_hours")
}

func (w *world) relayedTwice(bucket time.Duration, table string) {
	truncate := func(at time.Time) time.Time { return at.Truncate(bucket) }
	want := traffic(w, rand.New(rand.NewPCG(1, 2)), truncate)
	w.rolled()
	w.checkSums(table, want)
	for key, more := range traffic(w, rand.New(rand.NewPCG(3, 4)), truncate) {
		if sum := want[key]; sum != nil {
			sum.relays, sum.mined, sum.streamed, sum.unknown = sum.relays+more.relays, sum.mined+more.mined, sum.streamed+more.streamed, sum.unknown+more.unknown
			sum.units, sum.prompt, sum.completion, sum.took, sum.writing = sum.units+more.units, sum.prompt+more.prompt, sum.completion+more.completion, sum.took+more.took, sum.writing+more.writing
			sum.times = append(sum.times, more.times...)
		} else {
			want[key] = more
		}
	}
	w.rolled()
	w.checkSums(table, want)
	before := w.fingerprint(table)
	w.replay()
	w.rolled()
	require.Equal(w.t, before, w.fingerprint(table), "a replay changes no bit of any sum")
}
