package indexer

import (
	"encoding/json"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
)

// event is one as a settlement has them, about a kilobyte.
var event = `{"type":"pocket.tokenomics.EventClaimSettled","attributes":[` + strings.Repeat(`{"key":"reward_distribution","value":"\"pokt1m3h30wlvsf8llruxtpukdvsy0km2kum84hcvmc\"","index":true},`, 10) + `{"key":"mode","value":"EndBlock","index":true}]}`

// results is a block_results with so many events, made as it is read.
func results(events int) io.Reader {
	parts := make([]io.Reader, 0, 2*events+2)
	parts = append(parts, strings.NewReader(`{"height":"7","txs_results":null,"finalize_block_events":[`+event))
	for range events - 1 {
		parts = append(parts, strings.NewReader(","), strings.NewReader(event))
	}
	return io.MultiReader(append(parts, strings.NewReader(`],"app_hash":""}`))...)
}

// read reads results into a sink.
func read(t testing.TB, events int, say func(string, *chainv1.Events) error) {
	t.Helper()
	h := height{block: &chainv1.Block{Height: 7}}
	to := &splitter{height: 7, limit: 512 << 10, say: say}
	require.NoError(t, decodeResults(&h, nil, json.NewDecoder(results(events)), to))
	require.Equal(t, uint32(events), h.block.EventCount)
}

// TestMemory: a block of sixty megabytes is read in less than ten.
func TestMemory(t *testing.T) {
	const events, most = 60_000, 10 << 20
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var base, peak uint64
	parts := 0
	read(t, events, func(string, *chainv1.Events) error {
		if parts++; parts == 1 {
			base = heap()
		}
		if parts%10 == 0 {
			peak = max(peak, heap())
		}
		return nil
	})
	require.Greater(t, events*len(event), 6*most)
	require.Less(t, peak, base+most, "%d parts", parts)
}

// BenchmarkDecode is the work for a byte of a node's answer.
func BenchmarkDecode(b *testing.B) {
	b.SetBytes(int64(1000 * len(event)))
	for b.Loop() {
		read(b, 1000, func(module string, part *chainv1.Events) error {
			_, err := chainEvents(module, part)
			return err
		})
	}
}
