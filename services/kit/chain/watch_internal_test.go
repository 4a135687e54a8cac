package chain

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
)

// said is what a node is known by.
type said struct {
	chain    string
	height   int64
	syncing  bool
	failures int
}

// knowing returns a client that watches, and knows this of its nodes n0, n1, ….
func knowing(cfg Config, list ...said) *Client {
	c := &Client{cfg: cfg, metrics: newMetrics(), watching: true}
	for i, s := range list {
		n := &node{index: i, name: "n" + string(rune('0'+i)), chainID: s.chain, height: s.height, catchingUp: s.syncing, failures: s.failures}
		if s.failures > 0 {
			n.err = errors.New("gone")
		}
		c.nodes = append(c.nodes, n)
	}
	return c
}

func (c *Client) names() (list []string) {
	for _, n := range c.order() {
		list = append(list, n.name)
	}
	return list
}

func TestOrder(t *testing.T) {
	cfg := Default()
	for name, tt := range map[string]struct {
		cfg     Config
		current int
		nodes   []said
		want    []string
	}{
		"all well: as configured":           {cfg, 0, []said{{"a", 9, false, 0}, {"a", 9, false, 0}, {"a", 9, false, 0}}, []string{"n0", "n1", "n2"}},
		"the node in use first":             {cfg, 2, []said{{"a", 9, false, 0}, {"a", 9, false, 0}, {"a", 9, false, 0}}, []string{"n2", "n0", "n1"}},
		"a little behind is well":           {cfg, 0, []said{{"a", 7, false, 0}, {"a", 9, false, 0}}, []string{"n0", "n1"}},
		"behind is passed over":             {cfg, 0, []said{{"a", 6, false, 0}, {"a", 9, false, 0}}, []string{"n1", "n0"}},
		"behind what a dead node had":       {cfg, 0, []said{{"a", 6, false, 0}, {"a", 9, false, 0}, {"a", 20, false, 1}}, []string{"n0", "n1", "n2"}},
		"max_lag 0 passes none over":        {Config{}, 0, []said{{"a", 1, false, 0}, {"a", 9, false, 0}}, []string{"n0", "n1"}},
		"catching up":                       {cfg, 0, []said{{"a", 9, true, 0}, {"a", 9, false, 0}}, []string{"n1", "n0"}},
		"down comes last":                   {cfg, 0, []said{{"a", 9, false, 1}, {"a", 9, true, 0}, {"a", 9, false, 0}}, []string{"n2", "n1", "n0"}},
		"not known yet is well":             {cfg, 0, []said{{"", 0, false, 0}, {"a", 9, false, 0}}, []string{"n0", "n1"}},
		"another chain than most":           {cfg, 0, []said{{"b", 90, false, 0}, {"a", 9, false, 0}, {"a", 9, false, 0}}, []string{"n1", "n2"}},
		"one against one: the first counts": {cfg, 0, []said{{"b", 9, false, 0}, {"a", 9, false, 0}}, []string{"n0"}},
		"another chain than configured":     {Config{ChainID: "a"}, 0, []said{{"b", 9, false, 0}, {"b", 9, false, 0}, {"a", 1, false, 0}}, []string{"n2"}},
		"none of the configured":            {Config{ChainID: "a"}, 0, []said{{"b", 9, false, 0}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := knowing(tt.cfg, tt.nodes...)
			c.current = tt.current
			require.Equal(t, tt.want, c.names())
		})
	}
}

// Without a watch what is known of heights is old: it tells nothing.
func TestOrderUnwatched(t *testing.T) {
	c := knowing(Default(), said{"a", 1, false, 0}, said{"a", 9, false, 0})
	c.watching = false
	require.Equal(t, []string{"n0", "n1"}, c.names())
}

func TestQuorumHeight(t *testing.T) {
	most, two := Default(), Default()
	two.Quorum = 2
	for name, tt := range map[string]struct {
		cfg   Config
		nodes []said
		want  int64
	}{
		"one of one":                           {most, []said{{"a", 7, false, 0}}, 7},
		"two of two":                           {most, []said{{"a", 7, false, 0}, {"a", 8, false, 0}}, 7},
		"one of two down":                      {most, []said{{"a", 7, false, 2}, {"a", 8, false, 0}}, 8},
		"one of two behind":                    {most, []said{{"a", 1, false, 0}, {"a", 8, false, 0}}, 8},
		"two of three":                         {most, []said{{"a", 7, false, 0}, {"a", 9, false, 0}, {"a", 8, false, 0}}, 8},
		"one of three down":                    {most, []said{{"a", 7, false, 0}, {"a", 9, false, 1}, {"a", 8, false, 0}}, 7},
		"another chain does not count":         {most, []said{{"a", 7, false, 0}, {"a", 8, false, 0}, {"b", 90, false, 0}}, 7},
		"none has answered":                    {most, []said{{"", 0, false, 0}, {"", 0, false, 1}}, 0},
		"two, one of two down":                 {two, []said{{"a", 7, false, 1}, {"a", 8, false, 0}}, 7},
		"two, one of two never seen":           {two, []said{{"", 0, false, 1}, {"a", 8, false, 0}}, 0},
		"two of three, whatever one says":      {two, []said{{"a", 7, false, 0}, {"a", 1 << 60, false, 0}, {"a", 8, false, 0}}, 8},
		"two of three, when two are of no use": {two, []said{{"b", 7, false, 0}, {"a", 9, false, 0}, {"a", 8, true, 0}}, 8},
	} {
		t.Run(name, func(t *testing.T) {
			got, known := knowing(tt.cfg, tt.nodes...).QuorumHeight()
			require.Equal(t, tt.want, got)
			require.Equal(t, tt.want > 0, known)
		})
	}
}

func TestRest(t *testing.T) {
	require.Equal(t, time.Second, rest(time.Second, 0))
	require.Equal(t, 4*time.Second, rest(time.Second, 2))
	require.Equal(t, watchRest, rest(time.Second, 1000))
	require.Equal(t, time.Hour, rest(time.Hour, 1000))
	require.Equal(t, 24*time.Hour, rest(24*time.Hour, 20))
}

// A change of state is one line; what does not change is none.
func TestTell(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, nil))
	c := knowing(Default(), said{"a", 9, false, 0}, said{"a", 2, false, 0})
	reg := prometheus.NewRegistry()
	c.metrics.register(reg)
	c.tell(log)
	require.Contains(t, out.String(), "chain node is passed over")
	require.Contains(t, out.String(), "node=n1 height=2")
	require.Contains(t, c.Faults()["n1"], "blocks behind")
	require.Zero(t, testutil.ToFloat64(c.metrics.well.WithLabelValues("n1")))
	require.Equal(t, 1.0, testutil.ToFloat64(c.metrics.well.WithLabelValues("n0")))
	require.Equal(t, 9.0, testutil.ToFloat64(c.metrics.height.WithLabelValues("n0")))
	out.Reset()
	c.nodes[0].height++
	c.tell(log)
	require.Empty(t, out.String())
	c.nodes[1].height = 10
	c.tell(log)
	require.Contains(t, out.String(), "chain node is well")
	require.Equal(t, map[string]string{"n0": "", "n1": ""}, c.Faults())
	count, err := testutil.GatherAndCount(reg)
	require.NoError(t, err)
	require.Equal(t, 4, count) // of five: nobody was heard yet
}

// Who stops watching is not told about nodes that do not answer any more.
func TestLookAfterTheEnd(t *testing.T) {
	c, err := Dial(Config{Nodes: []string{"http://127.0.0.1:1"}, Timeout: time.Second})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Zero(t, c.look(ctx, c.nodes[0]))
	require.Empty(t, c.Faults()["127.0.0.1:1"])
}
