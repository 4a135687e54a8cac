package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/lodeworks/lode/services/analytics/ledger"
	"github.com/lodeworks/lode/tools/analyticsapi"
	"github.com/lodeworks/lode/tools/stack"
	"github.com/lodeworks/lode/tools/traffic"
)

// Smoke says what a bounded run does.
type Smoke struct {
	Stack  stack.Options
	Relays int           // answers to wait for
	Within time.Duration // for all of it
	// Kill names processes to end with SIGKILL in the middle of the traffic; each is started again.
	Kill []string
	// Inspect looks at the settled ledger while the stack still runs; may be nil.
	Inspect func(context.Context, stack.Options, []ledger.Line) error
	Out     io.Writer // progress for people
	Log     *slog.Logger
}

// Result is what came of it, each figure from the ledger: the last line of `lode smoke`.
type Result struct {
	Served   uint64  `json:"served"`
	Logged   uint64  `json:"logged"`
	Mined    uint64  `json:"mined"`
	Claimed  uint64  `json:"claimed"`
	Settled  uint64  `json:"settled"`
	Earned   uint64  `json:"upokt_earned"`
	Sessions int     `json:"sessions"` // (session, supplier) pairs
	Seconds  float64 `json:"seconds"`
}

// Run starts a stack, relays, waits until all of it is settled and checks that the ledger balances to the unit.
func (s Smoke) Run(ctx context.Context) (Result, error) {
	begin := time.Now()
	ctx, cancel := context.WithTimeout(ctx, s.Within)
	defer cancel()
	st, err := stack.New(s.Stack, s.Log)
	if err != nil {
		return Result{}, err
	}
	stackCtx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- st.Run(stackCtx) }()
	lines, err := s.drive(ctx, st, ended)
	stop()
	if err == nil {
		err = <-ended
	} else {
		select {
		case <-ended: //nolint:errcheck // the run's own error is reported
		case <-time.After(30 * time.Second):
		}
	}
	result := sum(lines)
	result.Seconds = float64(time.Since(begin).Milliseconds()) / 1000
	return result, err
}

// drive sends the traffic and follows it to settlement.
func (s Smoke) drive(ctx context.Context, st *stack.Stack, ended chan error) ([]ledger.Line, error) {
	o := st.Options()
	ctx, fail := context.WithCancelCause(ctx)
	go func() {
		err := <-ended
		fail(fmt.Errorf("the stack ended: %w", cmp.Or(err, errClean)))
		ended <- err
	}()
	s.say("starting; logs in %s/logs\n", o.Dir)
	if err := awaitReady(ctx, o); err != nil {
		return nil, err
	}
	s.say("ready; sending %d relays through %s\n", s.Relays, o.GatewayURL())
	counts := traffic.Run(ctx, traffic.Options{
		Gateway: o.GatewayURL(), Model: o.Model, Total: s.Relays, Parallel: 4, Every: 20 * time.Millisecond,
		After: func(answered int) { s.killAt(answered, st) },
	})
	if ctx.Err() != nil {
		return nil, fmt.Errorf("%d of %d relays answered, errors %v: %w", counts.Answered, s.Relays, counts.Errors, context.Cause(ctx))
	}
	s.say("%d relays answered in %d sessions (%d requests failed on the way); waiting for settlement\n", counts.Answered, len(counts.Sessions), counts.Failed)
	for text, n := range counts.Errors {
		s.say("  %d × %s\n", n, text)
	}
	lines, err := s.settle(ctx, o, uint64(counts.Answered))
	if err != nil {
		return lines, err
	}
	err = check(lines, counts)
	if s.Inspect != nil {
		err = errors.Join(err, s.Inspect(ctx, o, lines))
	}
	return lines, err
}

// errClean stands for an end without an error.
var errClean = errors.New("stopped without an error")

// killAt ends one process after another, spread over the traffic.
func (s Smoke) killAt(answered int, st *stack.Stack) {
	for i, name := range s.Kill {
		if answered == (i+1)*s.Relays/(len(s.Kill)+1) {
			s.say("kill -9 %s after %d relays: %v\n", name, answered, st.Kill(name))
		}
	}
}

// settle waits until the ledger has at least as many relays as were answered and every line is final.
func (s Smoke) settle(ctx context.Context, o stack.Options, answered uint64) ([]ledger.Line, error) {
	api := analyticsapi.New(o.AnalyticsURL())
	var shown string
	for {
		lines, err := api.Ledger(ctx, "", "")
		if err == nil {
			r := sum(lines)
			if now := progress(lines, r); now != shown {
				s.say("%s\n", now)
				shown = now
			}
			if r.Served >= answered && !slices.ContainsFunc(lines, func(l ledger.Line) bool { return l.State == ledger.Open }) {
				return lines, nil
			}
		}
		select {
		case <-ctx.Done():
			return lines, fmt.Errorf("not settled: %s: %w", shown, errors.Join(context.Cause(ctx), err))
		case <-time.After(250 * time.Millisecond):
		}
	}
}

// check is the ledger's verdict, and that no answered relay is missing from it.
func check(lines []ledger.Line, counts traffic.Counts) error {
	var errs []error
	served := map[string]uint64{}
	for _, l := range lines {
		served[l.Session] += l.Served
		if !l.Whole() {
			errs = append(errs, fmt.Errorf("session %s of %s is %s, balanced %v, residues %+v", l.Session, l.Supplier, l.State, l.Balanced, l.Residues))
		}
	}
	for session, answered := range counts.Sessions {
		if served[session] < uint64(answered) {
			errs = append(errs, fmt.Errorf("session %s: %d relays answered, %d in the ledger", session, answered, served[session]))
		}
		if counts.Failed == 0 && served[session] != uint64(answered) {
			errs = append(errs, fmt.Errorf("session %s: %d relays answered and none failed, yet %d in the ledger", session, answered, served[session]))
		}
	}
	return errors.Join(errs...)
}

func sum(lines []ledger.Line) Result {
	var r Result
	earned := ledger.Amount{}
	for _, l := range lines {
		r.Served += l.Served
		r.Logged += l.Logged
		r.Mined += l.Mined
		r.Claimed += l.Claimed
		r.Settled += l.Settled
		earned = earned.Plus(l.EarnedUpokt)
	}
	r.Sessions, r.Earned = len(lines), earned.Big().Uint64()
	return r
}

// progress is one line about where everything stands.
func progress(lines []ledger.Line, r Result) string {
	states := map[ledger.State]int{}
	for _, l := range lines {
		states[l.State]++
	}
	var parts []string
	for state, n := range states {
		parts = append(parts, fmt.Sprintf("%d %s", n, state))
	}
	slices.Sort(parts)
	return fmt.Sprintf("  served %d  logged %d  mined %d  claimed %d  settled %d  earned %d upokt  (sessions: %s)",
		r.Served, r.Logged, r.Mined, r.Claimed, r.Settled, r.Earned, strings.Join(parts, ", "))
}

func (s Smoke) say(format string, args ...any) { fmt.Fprintf(s.Out, format, args...) }
