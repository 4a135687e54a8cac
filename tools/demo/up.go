package demo

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/lodeworks/lode/services/analytics/ledger"
	"github.com/lodeworks/lode/tools/analyticsapi"
	"github.com/lodeworks/lode/tools/stack"
	"github.com/lodeworks/lode/tools/traffic"
)

// Up says what an unbounded run does.
type Up struct {
	Stack   stack.Options
	Traffic float64 // demo requests per second; 0: none
	Out     io.Writer
	Log     *slog.Logger
}

// Run runs the stack until ctx ends, and prints what each settled session earned.
func (u Up) Run(ctx context.Context) error {
	st, err := stack.New(u.Stack, u.Log)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wait sync.WaitGroup
	wait.Go(func() { u.show(ctx, st.Options()) })
	err = st.Run(ctx)
	cancel()
	wait.Wait()
	fmt.Fprintln(u.Out, "stopped; `make up` goes on from here")
	return err
}

// show prints the addresses when all is ready, sends the demo traffic and follows the ledger.
func (u Up) show(ctx context.Context, o stack.Options) {
	fmt.Fprintf(u.Out, "starting; state and logs in %s\n", o.Dir)
	if err := awaitReady(ctx, o); err != nil {
		return
	}
	fmt.Fprint(u.Out, addresses(o))
	var wait sync.WaitGroup
	if u.Traffic > 0 {
		wait.Go(func() {
			traffic.Run(ctx, traffic.Options{
				Gateway: o.GatewayURL(), Model: o.Model, Mix: mix(o), Parallel: 1, Every: time.Duration(float64(time.Second) / u.Traffic),
			})
		})
	}
	wait.Go(func() { u.follow(ctx, analyticsapi.New(o.AnalyticsURL())) })
	wait.Wait()
}

func addresses(o stack.Options) string {
	return fmt.Sprintf(`
  applications   %s/v1        OpenAI-compatible; model %q
  analytics      %s/        the page; its API below /v1, described in /openapi.json
  relayer        http://127.0.0.1:%d
  chain          %s        CometBFT RPC, TEST KEYS in %s/chain/keys
  bus            %s
  clickhouse     %s

  try    curl %s/v1/chat/completions -d '{"model":%q,"messages":[{"role":"user","content":"hello"}]}'
  audit  bin/lode audit --analytics %s

`, o.GatewayURL(), o.Model, o.AnalyticsURL(), o.Ports.Relayer, o.ChainURL(), o.Dir, strings.Join(o.BusFlags()[1:], " "), o.ClickHouseDSN(),
		o.GatewayURL(), o.Model, o.AnalyticsURL())
}

// follow prints each line of the ledger once, when it is final. Lines of an earlier run are not printed again.
func (u Up) follow(ctx context.Context, api *analyticsapi.Client) {
	seen := map[ledger.Key]bool{}
	first := true
	var earned ledger.Amount
	for {
		lines, err := api.Ledger(ctx, "", "")
		for _, l := range lines {
			if l.State == ledger.Open || seen[l.Key] {
				continue
			}
			seen[l.Key] = true
			earned = earned.Plus(l.EarnedUpokt)
			if !first {
				fmt.Fprintf(u.Out, "session %.12s… of %.12s…: %s, %d relays served, %d settled, earned %s upokt (%s in all)\n",
					l.Session, l.Supplier, l.State, l.Served, l.Settled, l.EarnedUpokt, earned)
			}
		}
		if first && err == nil {
			first = false
			fmt.Fprintf(u.Out, "the first session settles about 20 blocks from now; %d settled earlier\n", len(seen))
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
	}
}
