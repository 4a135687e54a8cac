package indexer_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/indexer"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/bus/bustest"
)

// world is a bus and a fake node.
type world struct {
	t    *testing.T
	url  string
	bus  *bus.Bus
	node *fakeNode
	reg  *prometheus.Registry // of the indexer started last
}

func newWorld(t *testing.T, tip int64) *world {
	w := &world{t: t, url: bustest.Server(t)}
	w.bus = bustest.Dial(t, w.url, "test")
	require.NoError(t, w.bus.Apply(t.Context(), 1))
	w.node = newNode(t, tip)
	return w
}

func (w *world) config() indexer.Config {
	cfg := indexer.Default()
	cfg.Bus.URL = w.url
	cfg.Chain.Nodes = []string{w.node.URL()}
	cfg.Chain.WatchEvery = 5 * time.Millisecond
	cfg.StartHeight = w.node.chain.first()
	return cfg
}

// start runs an indexer; stop ends it and returns its error.
func (w *world) start(cfg indexer.Config) (stop func() error) {
	w.t.Helper()
	require.NoError(w.t, cfg.Validate())
	k := kit()
	w.reg = k.Metrics
	s, err := indexer.New(w.t.Context(), cfg, k)
	require.NoError(w.t, err)
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	return func() error { cancel(); return <-done }
}

// newest is the height of the stream's last block.
func (w *world) newest() int64 {
	w.t.Helper()
	var block chainv1.Block
	_, _, err := w.bus.Last(w.t.Context(), bus.StreamChain, bus.BlockCommittedSubject, &block)
	require.NoError(w.t, err)
	return block.Height
}

// metric is a figure of the indexer started last.
func (w *world) metric(name string) float64 {
	w.t.Helper()
	all, err := w.reg.Gather()
	require.NoError(w.t, err)
	for _, family := range all {
		if family.GetName() == name {
			return family.Metric[0].GetCounter().GetValue()
		}
	}
	w.t.Fatal("no metric " + name)
	return 0
}

const patience = 30 * time.Second

// said is the stream's content up to the block of a height.
type said struct {
	blocks []*chainv1.Block
	parts  map[int64][]*chainv1.Events // by height, only those before the height's block
	ids    map[string]int              // module/height/part → how often
}

var errEnough = errors.New("enough")

func (w *world) read(upTo int64) said {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	got := said{parts: map[int64][]*chainv1.Events{}, ids: map[string]int{}}
	err := w.bus.Fold(ctx, bus.StreamChain, nil, 1, func(m bus.Msg) error {
		if m.Subject != bus.BlockCommittedSubject {
			part := &chainv1.Events{}
			require.NoError(w.t, proto.Unmarshal(m.Data, part))
			got.parts[part.Height] = append(got.parts[part.Height], part)
			got.ids[fmt.Sprint(m.Subject, part.Height, "/", part.Part)]++
			return nil
		}
		block := &chainv1.Block{}
		require.NoError(w.t, proto.Unmarshal(m.Data, block))
		require.Len(w.t, got.parts[block.Height], int(block.Parts), "all parts of a height lie before its block")
		got.blocks = append(got.blocks, block)
		if block.Height == upTo {
			return errEnough
		}
		return nil
	})
	require.ErrorIs(w.t, err, errEnough)
	return got
}

// check asserts that the stream holds the whole recording exactly once.
func (w *world) check(got said) {
	w.t.Helper()
	chain := w.node.chain
	require.Len(w.t, got.blocks, len(chain.Blocks))
	for i, block := range got.blocks {
		height := chain.first() + int64(i)
		require.Equal(w.t, height, block.Height)
		require.Equal(w.t, []byte(chain.headers[height].BlockID.Hash), block.Hash)
		require.Equal(w.t, time.Unix(height, 0).UnixNano(), block.TimeUnixNano)
		seen := map[uint32]bool{}
		var txs int
		for _, part := range got.parts[height] {
			for _, event := range part.Events {
				require.False(w.t, seen[event.Index], "an event twice")
				seen[event.Index] = true
			}
			txs += len(part.Txs)
		}
		require.Len(w.t, seen, int(block.EventCount))
		require.Equal(w.t, int(block.TxCount), txs)
	}
	for id, times := range got.ids {
		require.Equal(w.t, 1, times, id)
	}
}

func TestWholeRecordingIsSaidOnce(t *testing.T) {
	w := newWorld(t, 1221)
	stop := w.start(w.config())
	got := w.read(1221)
	require.ErrorIs(t, stop(), context.Canceled)
	w.check(got)
	settled := events(got.parts[1220], "pocket.tokenomics.EventClaimSettled")
	require.Len(t, settled, 1)
	require.Equal(t, chainv1.Section_SECTION_END_BLOCK, settled[0].Section)
	created := events(got.parts[1213], "pocket.proof.EventClaimCreated")
	require.Len(t, created, 1)
	require.Equal(t, chainv1.Section_SECTION_TX, created[0].Section)
}

func TestRestartInTheMiddleGoesOnWithoutGapOrRepeat(t *testing.T) {
	w := newWorld(t, 1205)
	for _, tip := range []int64{1205, 1206, 1213, 1221} {
		w.node.SetHeight(tip)
		stop := w.start(w.config())
		w.read(tip)
		require.ErrorIs(t, stop(), context.Canceled)
	}
	w.check(w.read(1221))
}

func TestPartsSaidBeforeACrashAreNotSaidTwice(t *testing.T) {
	w := newWorld(t, 1221)
	cfg := w.config()
	first := w.node.chain.headers[1200]
	_, _, err := w.bus.Publish(t.Context(), bus.Message{ // the same part, by an indexer that died before the block
		Subject: bus.ChainEventsSubject("cosmos"), ID: "events/1200/cosmos/0",
		Body: &chainv1.Events{Height: 1200, TimeUnixNano: first.Block.Time.UnixNano(), Events: []*chainv1.Event{}},
	})
	require.NoError(t, err)
	stop := w.start(cfg)
	got := w.read(1221)
	require.ErrorIs(t, stop(), context.Canceled)
	require.Len(t, got.parts[1200], 1)
}

func TestTwoIndexersSayEachHeightOnce(t *testing.T) {
	w := newWorld(t, 1221)
	one, two := w.start(w.config()), w.start(w.config())
	got := w.read(1221)
	require.ErrorIs(t, one(), context.Canceled)
	require.ErrorIs(t, two(), context.Canceled)
	w.check(got)
}

func TestNodeThatIsAwayOrNotReadyIsWaitedFor(t *testing.T) {
	w := newWorld(t, 1221)
	w.node.refuse["block_results"], w.node.refuse["block"] = 5, 2
	w.node.SetDown(true)
	stop := w.start(w.config())
	require.Eventually(t, func() bool { return w.node.Asked("down") > 3 }, patience, time.Millisecond)
	w.node.SetDown(false)
	got := w.read(1221)
	require.ErrorIs(t, stop(), context.Canceled)
	w.check(got)
}

func TestStartAtTheHead(t *testing.T) {
	w := newWorld(t, 1210)
	cfg := w.config()
	cfg.StartHeight = 0
	stop := w.start(cfg)
	require.Equal(t, int64(1210), w.read(1210).blocks[0].Height)
	w.node.SetHeight(1212)
	got := w.read(1212)
	require.ErrorIs(t, stop(), context.Canceled)
	require.Len(t, got.blocks, 3)
}

func TestAnotherChainStopsTheService(t *testing.T) {
	cases := map[string]func(*world, *indexer.Config){
		"other id than configured":    func(_ *world, cfg *indexer.Config) { cfg.Chain.ChainID = "pocket-beta" },
		"other id than in the stream": func(w *world, _ *indexer.Config) { w.node.SetChainID("pocket-beta") },
		"block with another parent":   func(w *world, _ *indexer.Config) { w.node.change(func() { w.node.chain.build(w.t, "fork") }) },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 1205)
			stop := w.start(w.config())
			w.read(1205)
			require.ErrorIs(t, stop(), context.Canceled)
			cfg := w.config()
			change(w, &cfg)
			w.node.SetHeight(1221)
			s, err := indexer.New(t.Context(), cfg, kit())
			require.NoError(t, err)
			require.ErrorContains(t, s.Run(t.Context()), "another chain")
		})
	}
}

func TestConfigNamesEveryFault(t *testing.T) {
	err := indexer.Config{StartHeight: -1}.Validate()
	for _, field := range []string{"start_height", "stale_after", "fetch_ahead", "max_part_bytes", "chain.nodes", "bus.url"} {
		require.ErrorContains(t, err, field)
	}
	require.NoError(t, indexer.Default().Validate())
}

func events(parts []*chainv1.Events, kind string) (found []*chainv1.Event) {
	for _, part := range parts {
		for _, event := range part.Events {
			if event.Type == kind {
				found = append(found, event)
			}
		}
	}
	return found
}
