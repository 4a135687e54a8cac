package drill

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/lodeworks/lode/services/analytics/ledger"
	"github.com/lodeworks/lode/tools/analyticsapi"
	"github.com/lodeworks/lode/tools/compose"
	"github.com/lodeworks/lode/tools/traffic"
)

// Drill is one run over a project that is up.
type Drill struct {
	Project compose.Project
	NextTag string // of the images that containers are rolled to; they are there
	Gateway string // base URL
	API     *analyticsapi.Client
	Plan    []Fault
	Relays  int       // answers to wait for at least
	Senders int       // each asks once a second
	Out     io.Writer // progress for people
}

const (
	// every is the pause of each sender.
	every = time.Second
	// calm is how long a fault and the next are apart when all is well.
	calm = 3 * time.Second
	// recovery is how long a fault may last.
	recovery = 2 * time.Minute
	// settlement is how long the last session may take to be settled and accounted for.
	settlement = 5 * time.Minute
)

// Run sends relays until the plan is through and enough are answered, waits until all of them are settled, and accounts.
func (d Drill) Run(ctx context.Context) (Result, error) {
	if err := d.awaitWell(ctx, recovery); err != nil {
		return Result{}, err
	}
	d.say("all is well; %d clients ask once a second", d.Senders)
	var gaps gaps
	gaps.begin(time.Now())
	load, stop := context.WithCancel(ctx)
	defer stop()
	sent := make(chan traffic.Counts, 1)
	enough := make(chan struct{})
	go func() {
		sent <- traffic.Run(load, traffic.Options{
			Gateway: d.Gateway, Model: "demo-ngram", Parallel: d.Senders, Every: every,
			Mix: []traffic.Kind{traffic.Unary, traffic.Streamed},
			After: func(answered int) {
				gaps.answer(time.Now())
				if answered == d.Relays {
					close(enough)
				}
			},
		})
	}()
	err := d.faults(ctx, &gaps)
	if err == nil {
		select {
		case <-enough:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	longest := gaps.end(time.Now())
	stop()
	counts := <-sent
	d.sayCounts(counts)
	if err != nil {
		return Result{}, err
	}
	lines, err := d.await(ctx, uint64(counts.Answered))
	result, faults := settle(counts.Sessions, lines)
	result.Faults, result.MaxUnavailable = len(d.Plan), longest.Milliseconds()
	return result, errors.Join(err, faults)
}

// faults goes through the plan; each fault is over before the next comes.
func (d Drill) faults(ctx context.Context, gaps *gaps) error {
	for i, f := range d.Plan {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(calm):
		}
		begin := time.Now()
		gaps.mark(begin)
		d.say("%2d/%d %s", i+1, len(d.Plan), f)
		if err := d.inject(ctx, f); err != nil {
			return fmt.Errorf("%s: %w", f, err)
		}
		back := time.Since(begin)
		if err := d.awaitWell(ctx, recovery); err != nil {
			return fmt.Errorf("after %s: %w", f, err)
		}
		d.say("      back after %.1f s, all well after %.1f s; longest time without an answer %d ms",
			back.Seconds(), time.Since(begin).Seconds(), gaps.marked(time.Now()).Milliseconds())
	}
	return nil
}

// await returns the ledger's lines when all are final and none of the answered relays is still to come.
func (d Drill) await(ctx context.Context, answered uint64) ([]ledger.Line, error) {
	ctx, cancel := context.WithTimeout(ctx, settlement)
	defer cancel()
	shown := ""
	for {
		lines, err := d.API.Ledger(ctx, "", "")
		if err == nil {
			served, settled, open := uint64(0), uint64(0), 0
			for _, l := range lines {
				served, settled = served+l.Served, settled+l.Settled
				if l.State == ledger.Open {
					open++
				}
			}
			if now := fmt.Sprintf("  ledger: %d served, %d settled, %d of %d lines open", served, settled, open, len(lines)); now != shown {
				d.say("%s", now)
				shown = now
			}
			if served >= answered && open == 0 {
				return lines, nil
			}
		}
		select {
		case <-ctx.Done():
			return lines, fmt.Errorf("not settled: %w", errors.Join(ctx.Err(), err))
		case <-time.After(time.Second):
		}
	}
}

func (d Drill) say(format string, args ...any) { fmt.Fprintf(d.Out, format+"\n", args...) }

func (d Drill) sayCounts(c traffic.Counts) {
	d.say("%d relays answered in %d sessions: %d whole, %d streamed; %d requests failed", c.Answered, len(c.Sessions), c.Kinds[traffic.Unary], c.Kinds[traffic.Streamed], c.Failed)
	var texts []string
	for text, n := range c.Errors {
		texts = append(texts, fmt.Sprintf("  %d × %s", n, text))
	}
	slices.Sort(texts)
	for _, text := range texts {
		d.say("%s", text)
	}
}
