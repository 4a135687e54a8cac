package demo

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lodeworks/lode/services/analytics/ledger"
	"github.com/lodeworks/lode/tools/analyticsapi"
	"github.com/lodeworks/lode/tools/doctor"
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

// Result is what came of it: the last line of `lode smoke`. Up to the sessions all figures are the ledger's.
type Result struct {
	Served   uint64 `json:"served"`
	Logged   uint64 `json:"logged"`
	Mined    uint64 `json:"mined"`
	Claimed  uint64 `json:"claimed"`
	Settled  uint64 `json:"settled"`
	Earned   uint64 `json:"upokt_earned"`
	Sessions int    `json:"sessions"` // (session, supplier) pairs
	// What was answered through the gateway, by kind, and what was not: it may be among the served.
	Unary      int     `json:"unary"`
	Streamed   int     `json:"streamed"`
	Websocket  int     `json:"websocket"`
	Unanswered int     `json:"unanswered"`
	Seconds    float64 `json:"seconds"`
}

// mix is the demo's traffic: of four requests one is streamed and one goes by WebSocket, where the model server takes
// such.
func mix(o stack.Options) []traffic.Kind {
	if o.Websockets() {
		return []traffic.Kind{traffic.Unary, traffic.Streamed, traffic.Unary, traffic.Websocket}
	}
	return []traffic.Kind{traffic.Unary, traffic.Streamed, traffic.Unary, traffic.Unary}
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
	lines, counts, err := s.drive(ctx, st, ended)
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
	result.Unary, result.Streamed, result.Websocket = counts.Kinds[traffic.Unary], counts.Kinds[traffic.Streamed], counts.Kinds[traffic.Websocket]
	result.Unanswered = counts.Failed
	result.Seconds = float64(time.Since(begin).Milliseconds()) / 1000
	return result, err
}

// drive sends the traffic and follows it to settlement.
func (s Smoke) drive(ctx context.Context, st *stack.Stack, ended chan error) ([]ledger.Line, traffic.Counts, error) {
	o := st.Options()
	ctx, fail := context.WithCancelCause(ctx)
	go func() {
		err := <-ended
		fail(fmt.Errorf("the stack ended: %w", cmp.Or(err, errClean)))
		ended <- err
	}()
	s.say("starting; logs in %s/logs\n", o.Dir)
	if err := awaitReady(ctx, o); err != nil {
		return nil, traffic.Counts{}, err
	}
	counts, err := s.send(ctx, st)
	if err != nil {
		return nil, counts, err
	}
	lines, err := s.settle(ctx, o, counts)
	if err != nil {
		return lines, counts, err
	}
	err = errors.Join(check(lines, counts), checkStreams(ctx, o, counts), checkHealth(ctx, o))
	if s.Inspect != nil {
		err = errors.Join(err, s.Inspect(ctx, o, lines))
	}
	return lines, counts, err
}

// checkHealth returns what the doctor finds that must be mended: nothing, once all services are ready.
func checkHealth(ctx context.Context, o stack.Options) error {
	if len(o.Without) > 0 {
		return nil // it would miss them
	}
	if err := awaitReady(ctx, o); err != nil {
		return err
	}
	files, err := doctor.Files(o.ConfigDir())
	if err != nil {
		return err
	}
	dir := ""
	if o.BusURL == "" {
		dir = o.SecretsDir()
	}
	var errs []error
	for _, f := range doctor.Look(ctx, files, dir) {
		if f.Level == doctor.Fail {
			errs = append(errs, fmt.Errorf("doctor: %s of %s: %s", f.Check, f.About, f.Text))
		}
	}
	return errors.Join(errs...)
}

// send waits until all requests are answered.
func (s Smoke) send(ctx context.Context, st *stack.Stack) (traffic.Counts, error) {
	o := st.Options()
	s.say("ready; sending %d relays through %s\n", s.Relays, o.GatewayURL())
	counts := traffic.Run(ctx, traffic.Options{
		Gateway: o.GatewayURL(), Model: o.Model, Mix: mix(o), Total: s.Relays, Parallel: 4, Every: 20 * time.Millisecond,
		After: func(answered int) { s.killAt(answered, st) },
	})
	if ctx.Err() != nil {
		return counts, fmt.Errorf("%d of %d relays answered, errors %v: %w", counts.Answered, s.Relays, counts.Errors, context.Cause(ctx))
	}
	s.say("%d relays answered in %d sessions: %d whole, %d streamed, %d by WebSocket (%d requests failed on the way); waiting for settlement\n",
		counts.Answered, len(counts.Sessions), counts.Kinds[traffic.Unary], counts.Kinds[traffic.Streamed], counts.Kinds[traffic.Websocket], counts.Failed)
	for text, n := range counts.Errors {
		s.say("  %d × %s\n", n, text)
	}
	return counts, nil
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

// settle waits until the ledger has at least as many relays of each session as were answered and every line is final.
func (s Smoke) settle(ctx context.Context, o stack.Options, counts traffic.Counts) ([]ledger.Line, error) {
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
			if r.Served >= uint64(counts.Answered) && has(lines, counts) && !slices.ContainsFunc(lines, func(l ledger.Line) bool { return l.State == ledger.Open }) {
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

// has tells whether the ledger has every answered relay.
func has(lines []ledger.Line, counts traffic.Counts) bool {
	served := servedIn(lines)
	for session, answered := range counts.Sessions {
		if served[session] < uint64(answered) {
			return false
		}
	}
	return true
}

// servedIn is what the ledger has of each session.
func servedIn(lines []ledger.Line) map[string]uint64 {
	served := map[string]uint64{}
	for _, l := range lines {
		served[l.Session] += l.Served
	}
	return served
}

// check is the ledger's verdict, and that it has each session's answered relays. It has no others, but for what was sent
// and not answered; of that the session is not always known.
func check(lines []ledger.Line, counts traffic.Counts) error {
	var errs []error
	served := servedIn(lines)
	for _, l := range lines {
		if !l.Whole() {
			errs = append(errs, fmt.Errorf("session %s of %s is %s, balanced %v, residues %+v", l.Session, l.Supplier, l.State, l.Balanced, l.Residues))
		}
	}
	for session, answered := range counts.Sessions {
		least, most := uint64(answered), uint64(answered+counts.Lost[session])
		if served[session] < least || counts.Located() && served[session] > most {
			errs = append(errs, fmt.Errorf("session %s: %d relays answered, %d with those that may be, %d in the ledger", session, least, most, served[session]))
		}
	}
	return errors.Join(errs...)
}

// checkStreams compares the streams that were answered with those among the stored relays.
func checkStreams(ctx context.Context, o stack.Options, counts traffic.Counts) error {
	stored := 0
	for session := range counts.Sessions {
		query := url.Values{"session": {session}, "limit": {"5000"}}
		err := analyticsapi.New(o.AnalyticsURL()).Rows(ctx, "/v1/relays/raw", query, func(raw json.RawMessage) error {
			var relay struct {
				Streamed bool `json:"streamed"`
			}
			if err := json.Unmarshal(raw, &relay); err != nil {
				return err
			}
			if relay.Streamed {
				stored++
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if answered := counts.Kinds[traffic.Streamed]; stored < answered || counts.Located() && stored > answered+counts.Failed {
		return fmt.Errorf("%d streams answered, %d requests without an answer, %d streams stored", answered, counts.Failed, stored)
	}
	return nil
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
