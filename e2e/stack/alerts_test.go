package stack_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/tools/demollm"
	"github.com/lodeworks/lode/tools/stack"
	"github.com/lodeworks/lode/tools/traffic"
)

// Each fault of a real stack makes the alerts fire that are for it, by what the services really answer on /metrics, and
// without a fault none fires. The rules' clock runs five times as fast as the services': they are scraped every 3 s, and
// the rules see a scrape each 15 s.
func TestFaultsMakeAlertsFire(t *testing.T) {
	w := startWatched(t)
	w.look(12)
	healthy := w.virtual()

	w.llm.cut()
	w.look(9)
	w.llm.mend()
	w.clickhouse.cut()
	w.look(8)
	w.clickhouse.mend()
	w.chain.cut() // the submitter's alone: blocks go on, and windows close
	cut := w.sum("submitter", "lode_submitter_height")
	w.until("windows pass", func() bool { return w.sum("submitter", "lode_submitter_height") > cut+40 })
	w.look(2)
	w.chain.mend()
	w.until("a lost claim is noticed", func() bool { return w.sum("submitter", "lode_submitter_forfeited_upokt_total") > 0 })
	w.look(2)
	require.NoError(t, w.stack.Pause("pocketd"))
	w.nats.Shutdown()
	w.nats.WaitForShutdown()
	w.look(14)
	require.NoError(t, w.stack.Resume("pocketd"))
	w.stop()
	w.look(6)

	fired := w.fired()
	for _, a := range fired {
		t.Logf("%8s %-22s %s %s", a.After, a.Name, a.Annotations["summary"], a.Annotations["stake"])
		// The demo's windows are four blocks long: its claims are always in the last two.
		require.True(t, a.After >= healthy || a.Name == "LodeWindowClosing", "without a fault %s fires: %s", a.Name, a.Annotations["summary"])
	}
	names := map[string]bool{}
	for _, a := range fired {
		names[a.Name] = true
	}
	for _, name := range []string{
		"LodeBackendsDown", "LodeRelaysRefused", // the model server
		"LodeInsertsFail", "LodeConsumerStill", // ClickHouse
		"LodeNoNode", "LodeNodeIll", "LodeClaimsLost", // the submitter's node
		"LodeChainStill",                                                        // the chain
		"LodeBusAway", "LodeStreamSilent", "LodeRelaysSpooled", "LodeLoopStill", // the bus
		"LodeTargetDown", "LodeServiceMissing", // the processes
	} {
		require.True(t, names[name], "%s did not fire; these did: %v", name, slices.Sorted(maps.Keys(names)))
	}
}

// How fast the rules' clock runs, and how often services are scraped by their own.
const (
	fast  = 5
	every = 15 * time.Second / fast
)

// watched is a stack with traffic, whose services are scraped.
type watched struct {
	t     *testing.T
	o     stack.Options
	stack *stack.Stack
	nats  interface {
		Shutdown()
		WaitForShutdown()
	}
	llm, clickhouse, chain *line
	stop                   func()
	began                  time.Time
	steps                  int
	scrapes                []scrape
	last                   map[string]string // by job
}

// scrape is one as command firing takes it.
type scrape struct {
	Step     int    `json:"step"`
	Job      string `json:"job"`
	Instance string `json:"instance"`
	Text     string `json:"text"`
}

// startWatched starts everything, and traffic, and waits until a claim is settled.
func startWatched(t *testing.T) *watched {
	w := &watched{t: t, o: options(t), last: map[string]string{}}
	model, err := demollm.NewHandler(demollm.Default())
	require.NoError(t, err)
	server := httptest.NewServer(model)
	t.Cleanup(server.Close)
	w.llm = newLine(t, strings.TrimPrefix(server.URL, "http://"))
	w.clickhouse = newLine(t, fmt.Sprintf("127.0.0.1:%d", w.o.Ports.ClickHouse))
	w.chain = newLine(t, fmt.Sprintf("127.0.0.1:%d", w.o.Ports.Chain))
	w.startClickHouse()
	nats, err := bus.Embedded(t.TempDir(), w.o.Ports.Bus)
	require.NoError(t, err)
	w.nats = nats
	t.Cleanup(nats.Shutdown)
	w.o.BusURL, w.o.LLM, w.o.ClickHouse = nats.ClientURL(), "http://"+w.llm.address, "http://"+w.clickhouse.address+"/default"
	w.o.SubmitterChain = "http://" + w.chain.address
	w.stack, err = stack.New(w.o, slog.New(slog.NewTextHandler(t.Output(), nil)))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = w.stack.Run(ctx) })
	running.Go(func() {
		traffic.Run(ctx, traffic.Options{Gateway: w.o.GatewayURL(), Model: w.o.Model, Parallel: 4, Every: 300 * time.Millisecond})
	})
	w.stop = sync.OnceFunc(func() { cancel(); running.Wait() })
	t.Cleanup(func() {
		w.stop()
		if t.Failed() {
			showLogs(t, w.o.Dir)
		}
	})
	await(t, "a settled claim", func(context.Context) (bool, bool) {
		w.last["submitter"] = w.scrape("submitter")
		return true, strings.Contains(w.last["submitter"], `lode_submitter_claims_ended_total{outcome="OUTCOME_SETTLED"}`)
	})
	w.began = time.Now()
	return w
}

// startClickHouse runs the engine until the test ends.
func (w *watched) startClickHouse() {
	engine := exec.Command(filepath.Join(w.o.Bin, "chlocal"), "-data", w.t.TempDir(), "-listen", fmt.Sprintf("127.0.0.1:%d", w.o.Ports.ClickHouse))
	require.NoError(w.t, engine.Start())
	w.t.Cleanup(func() {
		_ = engine.Process.Kill()
		_ = engine.Wait()
	})
}

// virtual is how long the rules' clock has run.
func (w *watched) virtual() time.Duration { return time.Duration(w.steps) * fast * every }

// look scrapes all services so many times.
func (w *watched) look(times int) {
	for range times {
		time.Sleep(time.Until(w.began.Add(time.Duration(w.steps) * every))) // a scrape is at its time
		for _, job := range slices.Sorted(maps.Keys(w.o.Ports.Observe)) {
			text := w.scrape(job)
			w.last[job] = text
			w.scrapes = append(w.scrapes, scrape{Step: w.steps, Job: job, Instance: job + "-1", Text: w.quicken(text)})
		}
		w.steps++
	}
}

// until looks until it is so.
func (w *watched) until(what string, so func() bool) {
	w.t.Helper()
	for from := time.Now(); !so(); w.look(1) {
		require.Less(w.t, time.Since(from), patience, "waited in vain: %s", what)
	}
}

func (w *watched) scrape(job string) string {
	client := http.Client{Timeout: 2 * time.Second}
	res, err := client.Get(fmt.Sprintf("http://127.0.0.1:%d/metrics", w.o.Ports.Observe[job]))
	if err != nil {
		return ""
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		return ""
	}
	return string(text)
}

var moment = regexp.MustCompile(`(?m)^(lode_\w+_timestamp_seconds(?:\{[^}]*\})?) (\S+)$`)

// quicken tells the times in a scrape as the rules' clock would.
func (w *watched) quicken(text string) string {
	began := float64(w.began.Unix())
	return moment.ReplaceAllStringFunc(text, func(sample string) string {
		m := moment.FindStringSubmatch(sample)
		at, err := strconv.ParseFloat(m[2], 64)
		require.NoError(w.t, err)
		if at > 0 {
			at = began + (at-began)*fast
		}
		return fmt.Sprintf("%s %.3f", m[1], at)
	})
}

// sum adds up the series of one metric in the last scrape of a service.
func (w *watched) sum(job, metric string) (sum float64) {
	for text := range strings.Lines(w.last[job]) {
		name, value, _ := strings.Cut(strings.TrimSpace(text), " ")
		if name == metric || strings.HasPrefix(name, metric+"{") {
			n, err := strconv.ParseFloat(value, 64)
			require.NoError(w.t, err)
			sum += n
		}
	}
	return sum
}

// alert is one that command firing found.
type alert struct {
	Name        string            `json:"name"`
	Annotations map[string]string `json:"annotations"`
	After       time.Duration     `json:"after"`
}

// fired evaluates the rules of deploy/prometheus over all scrapes, with Prometheus' engine: in its module, by its command.
func (w *watched) fired() (list []alert) {
	input, err := json.Marshal(map[string]any{"start": w.began.Unix(), "steps": w.steps, "scrapes": w.scrapes})
	require.NoError(w.t, err)
	cmd := exec.Command("go", "run", "./cmd/firing", filepath.Join("..", ".."))
	cmd.Dir, cmd.Env = filepath.Join("..", "..", "tools", "alerts"), append(os.Environ(), "GOWORK=off")
	cmd.Stdin = bytes.NewReader(input)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(w.t, err, stderr.String())
	require.NoError(w.t, json.Unmarshal(out, &list))
	return list
}
