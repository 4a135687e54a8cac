package submitter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/services/pocket/session"
	"github.com/lodeworks/lode/tools/localnet"
	"github.com/lodeworks/lode/tools/secrets"
	"github.com/lodeworks/lode/tools/stack"
)

// run is one run of everything.
type run struct {
	Config
	progress io.Writer
	stack    *stack.Stack
	node     *chain.Client
	proxy    *proxy
	judge    *judge
	times    map[int64]time.Time // when a height was seen
}

// ErrLost is returned when not everything landed.
var ErrLost = errors.New("claims or proofs were lost")

// Run measures, writes what was seen to w, and last one line of JSON, [Figures]. It tells progress what it is at.
func Run(ctx context.Context, cfg Config, w, progress io.Writer) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, cfg.Within)
	defer cancel()
	dir := cfg.Dir
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "bench-submitter"); err != nil {
			return err
		}
	}
	r := &run{Config: cfg, progress: progress, times: map[int64]time.Time{}}
	err := r.all(ctx, dir)
	if r.judge == nil {
		return fmt.Errorf("%w (state and logs are in %s)", err, dir)
	}
	figures := r.figures()
	if err := errors.Join(err, r.report(w, figures)); err != nil {
		return err
	}
	if figures.Lost > 0 {
		return fmt.Errorf("%w: %d (state and logs are in %s)", ErrLost, figures.Lost, dir)
	}
	if cfg.Dir == "" {
		return os.RemoveAll(dir)
	}
	return nil
}

// all runs the stack around the measurement.
func (r *run) all(ctx context.Context, dir string) error {
	net, err := network(r.Config)
	if err != nil {
		return err
	}
	o, err := r.options(dir, net)
	if err != nil {
		return err
	}
	if r.proxy, err = startProxy(o.ChainURL(), r.Drop); err != nil {
		return err
	}
	defer r.proxy.close()
	o.SubmitterChain = r.proxy.url
	if r.stack, err = stack.New(o, slog.New(slog.NewTextHandler(r.progress, nil))); err != nil {
		return err
	}
	cfg := chain.Default()
	cfg.Nodes = []string{o.ChainURL()}
	if r.node, err = chain.Dial(cfg); err != nil {
		return err
	}
	stackCtx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- r.stack.Run(stackCtx) }()
	r.say("starting %d suppliers, a block every %s and its execution; logs in %s/logs", r.Suppliers, r.BlockTime, dir)
	err = r.drive(ctx, net, o.Bus(secrets.Operator))
	stop()
	return errors.Join(err, <-ended)
}

func (r *run) say(format string, args ...any) { fmt.Fprintf(r.progress, format+"\n", args...) }

// follow waits for a height.
func (r *run) follow(ctx context.Context, height int64) error {
	if err := localnet.AwaitHeight(ctx, r.node, height); err != nil {
		return err
	}
	r.times[height] = time.Now()
	return nil
}

// disturb does what is to go wrong in a window: in the block after its first.
func (r *run) disturb(ctx context.Context, open int64) error {
	if err := r.follow(ctx, open); err != nil {
		return err
	}
	r.say("height %d: window open", open)
	if err := r.follow(ctx, open+1); err != nil {
		return err
	}
	if r.RestartNode {
		r.say("height %d: the node is restarted", open+1)
		if err := r.stack.Restart("pocketd"); err != nil {
			return err
		}
	}
	if r.Kill {
		r.say("height %d: kill -9 submitter", open+1)
		return r.stack.Kill("submitter")
	}
	return nil
}

// drive makes the sessions and watches what becomes of them.
func (r *run) drive(ctx context.Context, net localnet.Net, address bus.Config) error {
	if err := r.follow(ctx, 2); err != nil {
		return err
	}
	one, err := serve(ctx, r.Config, net, r.node, address)
	if err != nil {
		return fmt.Errorf("serve relays: %w", err)
	}
	status, err := r.node.Status(ctx)
	if err != nil {
		return err
	}
	r.say("%d relays in the log at height %d; claims open at %d", r.Suppliers*r.Relays, status.SyncInfo.LatestBlockHeight, one.Windows.ClaimOpen)
	return r.watch(ctx, one.Header.SessionEndBlockHeight, one.Windows)
}

// windowBlocks is how many heights of mainnet's windows take a claim or a proof.
const windowBlocks = 11

// watch disturbs both windows and reads the chain behind them.
func (r *run) watch(ctx context.Context, end int64, w session.Windows) error {
	for _, open := range []int64{w.ClaimOpen, w.ProofOpen} {
		if err := r.disturb(ctx, open); err != nil {
			return err
		}
		if err := r.follow(ctx, open+windowBlocks-1); err != nil {
			return err
		}
	}
	if err := r.follow(ctx, w.ProofClose+1); err != nil { // a block is counted before its results are stored
		return err
	}
	j := newJudge(end, w)
	if err := j.read(ctx, r.node); err != nil {
		return err
	}
	r.judge = j
	return nil
}
