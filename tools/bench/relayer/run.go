package relayer

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"time"
)

// run is one run of everything.
type run struct {
	Config
	progress io.Writer
	scene    *scene
	signer   *signer
	child    *child
	ledger   *ledger
	report   report
	figures  Figures
	peak     float64 // relays a second answered, at most
}

// Run measures, writes a table to w, and last one line of JSON, [Figures]. It tells progress what it is at.
func Run(ctx context.Context, cfg Config, w, progress io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "bench-relayer")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	r := &run{Config: cfg, progress: progress}
	if r.scene, err = newScene(cfg, dir); err != nil {
		return err
	}
	defer r.scene.close()
	if r.signer, err = newSigner(r.scene); err != nil {
		return err
	}
	if r.child, err = startChild(ctx, cfg.Relayer, r.scene); err != nil {
		return err
	}
	defer func() {
		if stopped := r.child.Stop(); err == nil && stopped != nil {
			err = fmt.Errorf("stop the relayer: %w", stopped)
		}
	}()
	r.ledger = newLedger(r.scene.world.Suppliers)
	if err := r.all(ctx); err != nil {
		return err
	}
	if err := r.report.write(w); err != nil {
		return err
	}
	return r.figures.write(w)
}

func (r *run) all(ctx context.Context) error {
	parts := []func() error{r.warm, r.saturate, r.half, r.overload, r.stream, r.websockets}
	if r.Rate > 0 {
		r.peak = 2 * float64(r.Rate)
		parts = []func() error{r.warm, r.half, r.overload}
	}
	for _, part := range parts {
		if err := part(); err != nil {
			return err
		}
	}
	fmt.Fprintln(r.progress, "comparing with the log")
	lost, logged, err := r.ledger.lost(ctx, r.scene.bus)
	if err != nil {
		return err
	}
	r.figures.Lost, r.figures.Bad = lost, r.ledger.bad
	r.report.note("%d relays answered, %d in the log; %d lost, %d badly signed", len(r.ledger.answered), logged, lost, r.ledger.bad)
	return nil
}

// warm lets the relayer ask the chain what it needs, and make its tables.
func (r *run) warm() error {
	_, err := r.relays("warm", float64(r.First)/2, r.Step)
	return err
}

// relays sends signed relays for a while.
func (r *run) relays(what string, rate float64, d time.Duration) (outcome, error) {
	fmt.Fprintf(r.progress, "%s: %.0f relays/s\n", what, rate)
	requests, err := r.signer.requests(max(1, int(rate*d.Seconds())))
	if err != nil {
		return outcome{}, err
	}
	before, err := r.usage()
	if err != nil {
		return outcome{}, err
	}
	shots, took := fire(r.child.address, r.Connections, rate, requests, true)
	after, err := r.usage()
	if err != nil {
		return outcome{}, err
	}
	r.ledger.add(shots)
	o := tally(shots, rate, took)
	o.used = after.since(before)
	return o, nil
}

// saturate raises the rate until the relayer does not keep up twice in a row, for once may be the machine's fault: it
// answers less than 95 % of what is sent, or a hundredth of it takes longer than a quarter of a second.
func (r *run) saturate() error {
	behind := 0
	for rate := float64(r.First); behind < 2; rate *= 1.25 {
		o, err := r.relays("step", rate, r.Step)
		if err != nil {
			return err
		}
		r.report.add("step", o)
		r.peak = max(r.peak, o.answered)
		behind++
		if o.answered >= 0.95*rate && o.quantiles[990] <= 250*time.Millisecond {
			behind = 0
		}
	}
	r.figures.Relays = rounded(r.peak)
	return nil
}

// half is half of saturation, and the backend alone at the same rate.
func (r *run) half() error {
	rate := r.peak / 2
	at, err := url.Parse(r.scene.backend)
	if err != nil {
		return err
	}
	requests := make([][]byte, max(1, int(rate*r.Hold.Seconds())))
	for i := range requests {
		requests[i] = direct(i)
	}
	fmt.Fprintf(r.progress, "the backend alone: %.0f/s\n", rate)
	shots, took := fire(at.Host, r.Connections, rate, requests, false)
	alone := tally(shots, rate, took)
	profiled := make(chan error, 1)
	if r.Profile != "" {
		go func() { profiled <- r.child.Profile(r.Profile, r.Hold) }()
	} else {
		profiled <- nil
	}
	through, err := r.relays("half of saturation", rate, r.Hold)
	if err != nil {
		return err
	}
	r.report.add("half: backend alone", alone)
	r.report.add("half: relays", through)
	added := func(q int) float64 { return milliseconds(through.quantiles[q] - alone.quantiles[q]) }
	r.figures.AddedP50, r.figures.AddedP99 = rounded(added(500)), rounded(added(990))
	r.figures.CPU = rounded(milliseconds(through.used.cpu) / float64(max(1, through.ok)))
	r.report.note("added at half of saturation: p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms", added(500), added(990), added(999))
	r.report.note("each relay at half of saturation: %s; %.0f collections of garbage a second", through.used.per(through.ok), through.used.collections/r.Hold.Seconds())
	r.report.halfP99 = through.quantiles[990]
	return <-profiled
}

// overload is three times of saturation.
func (r *run) overload() error {
	o, err := r.relays("three times of saturation", 3*r.peak, r.Hold)
	if err != nil {
		return err
	}
	r.report.add("overload: 3x", o)
	r.report.note("overload: %.0f %% of the peak answered, p99 of these %.1f times that at half of saturation",
		100*o.answered/r.peak, float64(o.quantiles[990])/float64(max(1, r.report.halfP99)))
	return nil
}

func (r *run) stream() error {
	fmt.Fprintln(r.progress, "streams")
	backend, relayer, ok, err := r.streams()
	if err != nil {
		return err
	}
	if !ok {
		r.report.note("streams: not built: the relayer answers at the end")
		return nil
	}
	r.figures.StreamAdded = rounded(milliseconds(relayer - backend))
	r.report.note("streams of %d chunks: first chunk after %.2f ms, from the backend %.2f ms", chunks, milliseconds(relayer), milliseconds(backend))
	return nil
}
