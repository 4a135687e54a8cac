package stack_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"cosmossdk.io/math"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	apptypes "github.com/pokt-network/poktroll/x/application/types"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/analytics/ledger"
	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/tools/analyticsapi"
	"github.com/lodeworks/lode/tools/demo"
	"github.com/lodeworks/lode/tools/localnet"
	"github.com/lodeworks/lode/tools/stack"
)

// relays is how many answers each run waits for; the whole path needs at least 200.
const relays = 240

// TestRelaysSettle runs the whole path without faults, and with SIGKILL for one service after another in the middle
// of the traffic: whole answers, streams and messages by WebSocket. Every answered relay must be served, logged, mined,
// claimed, proven and settled, to the unit.
func TestRelaysSettle(t *testing.T) {
	for _, tt := range []struct {
		name string
		kill []string
	}{
		{name: "undisturbed"},
		{name: "relayer killed", kill: []string{"relayer"}},
		{name: "hasher killed", kill: []string{"hasher"}},
		{name: "submitter killed", kill: []string{"submitter"}},
		{name: "all others killed", kill: []string{"indexer", "analytics", "gateway", "demollm"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			result := run(t, options(t), tt.kill)
			require.GreaterOrEqual(t, result.Served, uint64(relays))
			require.Equal(t, []int{relays / 2, relays / 4, relays / 4}, []int{result.Unary, result.Streamed, result.Websocket})
			require.Equal(t, result.Served, result.Logged)
			require.Equal(t, result.Served, result.Mined, "no relay of the demo is above the target or a duplicate")
			require.Equal(t, result.Mined, result.Claimed)
			require.Equal(t, result.Claimed, result.Settled)
			require.Positive(t, result.Earned)
		})
	}
}

// TestStartingAgainGoesOn: everything is stopped and started again on the same folder; what was settled stays, and
// what comes is added to it.
func TestStartingAgainGoesOn(t *testing.T) {
	o := options(t)
	first := run(t, o, nil)
	both := run(t, o, nil)
	require.GreaterOrEqual(t, first.Served, uint64(relays))
	require.LessOrEqual(t, first.Served, uint64(relays+first.Unanswered), "a WebSocket may end with its session before an answer")
	second := both.Served - first.Served
	require.GreaterOrEqual(t, second, uint64(relays))
	require.LessOrEqual(t, second, uint64(relays+both.Unanswered))
	require.Equal(t, both.Served, both.Settled)
	require.Greater(t, both.Earned, first.Earned)
}

// options are a stack in a folder of its own, on free ports.
func options(t *testing.T) stack.Options {
	t.Helper()
	o := stack.Default(t.TempDir())
	o.Bin = filepath.Join("..", "..", "bin")
	_, err := os.Stat(filepath.Join(o.Bin, "lode"))
	require.NoError(t, err, "run `make build` first")
	o.BlockTime = 700 * time.Millisecond // windows of four blocks must be met on a busy machine
	o.Ports, err = stack.FreePorts()
	require.NoError(t, err)
	return o
}

func run(t *testing.T, o stack.Options, kill []string) demo.Result {
	t.Helper()
	s := demo.Smoke{
		Stack: o, Relays: relays, Within: 3 * time.Minute, Kill: kill, Inspect: func(ctx context.Context, o stack.Options, lines []ledger.Line) error {
			return agreesWithChain(ctx, o, lines, len(kill) == 0)
		},
		Out: t.Output(), Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
	result, err := s.Run(t.Context())
	if err != nil {
		showLogs(t, o.Dir)
	}
	require.NoError(t, err)
	return result
}

// showLogs prints the end of every process's log.
func showLogs(t *testing.T, dir string) {
	files, _ := filepath.Glob(filepath.Join(dir, "logs", "*.log"))
	for _, file := range files {
		raw, _ := os.ReadFile(file)
		t.Logf("%s:\n%s", filepath.Base(file), raw[max(0, len(raw)-3000):])
	}
}

// agreesWithChain compares the ledger with what the chain's own state says, to the unit: the application paid what
// was settled and the inflation on it, and each supplier has what the ledger says it earned, less its fees. A killed
// submitter may have paid for a broadcast that it could not note, so fees are compared only in undisturbed runs.
func agreesWithChain(ctx context.Context, o stack.Options, lines []ledger.Line, fees bool) error {
	before, err := localnet.New(localnet.Default())
	if err != nil {
		return err
	}
	cfg := chain.Default()
	cfg.Nodes = []string{o.ChainURL()}
	node, err := chain.Dial(cfg)
	if err != nil {
		return err
	}
	errs := []error{applicationPaid(ctx, node, before, lines), sumsAgree(ctx, o, lines)}
	if fees {
		for _, supplier := range before.Suppliers {
			errs = append(errs, supplierEarned(ctx, node, supplier.Address, lines))
		}
	}
	return errors.Join(errs...)
}

// sumsAgree: what the store sums by day and by supplier is what its lines sum to.
func sumsAgree(ctx context.Context, o stack.Options, lines []ledger.Line) error {
	for _, by := range []string{"day", "supplier"} {
		have, err := analyticsapi.New(o.AnalyticsURL()).Funnel(ctx, "", "", by, "", "")
		if err != nil {
			return err
		}
		if want := ledger.Sum(lines, ledger.By[by]); fmt.Sprint(want) != fmt.Sprint(have) {
			return fmt.Errorf("summed by %s: %+v, by the lines %+v", by, have, want)
		}
	}
	return nil
}

func applicationPaid(ctx context.Context, node *chain.Client, net localnet.Net, lines []ledger.Line) error {
	res, err := apptypes.NewQueryClient(node).Application(ctx, &apptypes.QueryGetApplicationRequest{Address: net.Application.Address})
	if err != nil {
		return err
	}
	want := math.NewInt(net.Profile.ApplicationStake)
	for _, l := range lines {
		settled := math.NewIntFromBigInt(l.SettledUpokt.Big())
		inflation := settled.AddRaw(9).QuoRaw(10) // a tenth, rounded up, for each claim
		want = want.Sub(settled).Sub(inflation)
	}
	if have := res.Application.Stake.Amount; !have.Equal(want) {
		return fmt.Errorf("the application's stake is %s upokt, by the ledger it should be %s", have, want)
	}
	return nil
}

// funds is what every account of the local chain starts with, in upokt.
const funds = 10_000_000_000

func supplierEarned(ctx context.Context, node *chain.Client, address string, lines []ledger.Line) error {
	res, err := banktypes.NewQueryClient(node).Balance(ctx, &banktypes.QueryBalanceRequest{Address: address, Denom: "upokt"})
	if err != nil {
		return err
	}
	want := math.NewInt(funds)
	for _, l := range lines {
		if l.Supplier == address {
			want = want.Add(math.NewIntFromBigInt(l.EarnedUpokt.Big())).Sub(math.NewIntFromBigInt(l.FeeUpokt.Big()))
		}
	}
	if have := res.Balance.Amount; !have.Equal(want) {
		return fmt.Errorf("supplier %s has %s upokt, by the ledger it should have %s", address, have, want)
	}
	return nil
}
