package indexer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/protobuf/proto"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/tools/localnet"
	"github.com/lodeworks/lode/tools/process"
)

// Config says what is measured.
type Config struct {
	Bin       string        // folder of the built programs
	Dir       string        // state and logs, kept; a chain that is there already is used. Empty: a temporary folder
	Blocks    int64         // of the chain
	BlockTime time.Duration // wait between blocks while the chain is made
	Suppliers int           // each with one session after the other
	Relays    int           // in each session
	Within    time.Duration
}

// Full is a chain of 2,000 blocks.
func Full() Config {
	return Config{Bin: "bin", Blocks: 2000, BlockTime: 50 * time.Millisecond, Suppliers: 15, Relays: 4, Within: 30 * time.Minute}
}

// Figures is the last line of a run.
type Figures struct {
	BlocksPerS float64 `json:"backfill_blocks_per_s"`
	Blocks     int     `json:"blocks"`
	Events     int     `json:"events"`
	Txs        int     `json:"txs"`
	Settled    int     `json:"settled"` // claims
	Messages   int     `json:"messages"`
	Bytes      int     `json:"bytes"` // of all messages
	Seconds    float64 `json:"seconds"`
	IndexerCPU float64 `json:"indexer_cpu_s"`
	NodeCPU    float64 `json:"node_cpu_s"`
	BusCPU     float64 `json:"bus_cpu_s"`              // this process: bus and reader
	Resident   int64   `json:"indexer_resident_bytes"` // greatest seen
}

// Run measures, and writes what was seen to w, last as one line of JSON. It tells progress what it is at.
func Run(ctx context.Context, cfg Config, w, progress io.Writer) error {
	f, err := Measure(ctx, cfg, w, progress)
	if err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(f)
}

// Measure is Run without the last line.
func Measure(ctx context.Context, cfg Config, w, progress io.Writer) (f Figures, err error) {
	ctx, cancel := context.WithTimeout(ctx, cfg.Within)
	defer cancel()
	dir := cfg.Dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "bench-indexer"); err != nil {
			return f, err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	say := func(format string, args ...any) { fmt.Fprintf(progress, format+"\n", args...) }
	local := localnet.Default()
	local.Suppliers = cfg.Suppliers
	net, err := localnet.New(local)
	if err != nil {
		return f, err
	}
	made := filepath.Join(dir, "made")
	if _, missing := os.Stat(made); missing != nil {
		if err := cfg.grow(ctx, dir, net, say); err != nil {
			return f, err
		}
		if err := os.WriteFile(made, nil, 0o600); err != nil {
			return f, err
		}
	}
	if f, err = cfg.backfill(ctx, dir, net); err != nil {
		return f, err
	}
	fmt.Fprintf(w, "%d blocks, %d transactions, %d events, %d settlements in %d messages of %.1f MB: %.1f s, %.0f blocks/s\n",
		f.Blocks, f.Txs, f.Events, f.Settled, f.Messages, float64(f.Bytes)/1e6, f.Seconds, f.BlocksPerS)
	fmt.Fprintf(w, "processor: indexer %.1f s, node %.1f s, bus %.1f s; indexer resident %.0f MB\n", f.IndexerCPU, f.NodeCPU, f.BusCPU, float64(f.Resident)/1e6)
	return f, nil
}

// backfill indexes the chain into an empty bus.
func (c Config) backfill(ctx context.Context, dir string, net localnet.Net) (f Figures, err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	b, end, err := emptyBus(ctx, dir)
	if err != nil {
		return f, err
	}
	defer end()
	node, rpc, err := c.startNode(ctx, dir, net)
	if err != nil {
		return f, err
	}
	observe, err := process.FreeAddress()
	if err != nil {
		return f, err
	}
	config := filepath.Join(dir, "backfill.yaml")
	text := fmt.Sprintf("observe: {listen: %q, pprof: true}\nbus: {url: %q}\nchain: {nodes: [%q]}\n", observe, b.NC.ConnectedUrl(), rpc)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return f, err
	}
	nodeBefore, err := node.CPU()
	if err != nil {
		return f, err
	}
	selfBefore, _ := process.CPU(os.Getpid())
	begun := time.Now()
	i, err := process.Start(ctx, process.Options{Program: c.program("indexer"), Args: []string{"-config", config}, Observe: observe, Stderr: os.Stderr})
	if err != nil {
		return f, err
	}
	if err := f.read(ctx, b, c.Blocks, i); err != nil {
		return f, err
	}
	f.Seconds = seconds(time.Since(begun))
	f.BlocksPerS = math.Round(float64(f.Blocks) / f.Seconds)
	for _, cpu := range []struct {
		pid    int
		before time.Duration
		into   *float64
	}{{i.Pid(), 0, &f.IndexerCPU}, {node.Pid(), nodeBefore, &f.NodeCPU}, {os.Getpid(), selfBefore, &f.BusCPU}} {
		used, err := process.CPU(cpu.pid)
		if err != nil {
			return f, err
		}
		*cpu.into = seconds(used - cpu.before)
	}
	return f, errors.Join(i.Stop(), node.Stop())
}

var errEnough = errors.New("enough")

// read counts what comes into the stream until the chain's last block, and makes sure that no block is missing.
func (f *Figures) read(ctx context.Context, b *bus.Bus, last int64, i *process.Process) error {
	count := uint32(0)
	err := b.Fold(ctx, bus.StreamChain, nil, 1, func(m bus.Msg) error {
		f.Messages, f.Bytes = f.Messages+1, f.Bytes+len(m.Data)
		if m.Subject != bus.BlockCommittedSubject {
			part := &chainv1.Events{}
			if err := proto.Unmarshal(m.Data, part); err != nil {
				return err
			}
			for _, e := range part.Events {
				if e.Type == "pocket.tokenomics.EventClaimSettled" {
					f.Settled++
				}
			}
			count += uint32(len(part.Events))
			f.Txs += len(part.Txs)
			return nil
		}
		block := &chainv1.Block{}
		if err := proto.Unmarshal(m.Data, block); err != nil {
			return err
		}
		f.Blocks++
		if block.Height != int64(f.Blocks) || block.EventCount != count {
			return fmt.Errorf("block %d with %d events is the %d. with %d", block.Height, block.EventCount, f.Blocks, count)
		}
		f.Events, count = f.Events+int(count), 0
		if f.Blocks%50 == 0 {
			resident, err := i.Resident()
			if err != nil {
				return err
			}
			f.Resident = max(f.Resident, resident)
		}
		if block.Height == last {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

func seconds(d time.Duration) float64 { return math.Round(d.Seconds()*100) / 100 }

// emptyBus is a bus with streams and nothing in them.
func emptyBus(ctx context.Context, dir string) (b *bus.Bus, end func(), err error) {
	store := filepath.Join(dir, "backfill-bus")
	if err := os.RemoveAll(store); err != nil {
		return nil, nil, err
	}
	server, err := bus.Embedded(store, -1)
	if err != nil {
		return nil, nil, err
	}
	stop := func() { server.Shutdown(); server.WaitForShutdown() }
	if b, err = bus.Connect(ctx, bus.Config{URL: server.ClientURL()}, "topology", slog.New(slog.DiscardHandler)); err != nil {
		stop()
		return nil, nil, err
	}
	return b, func() { b.Close(); stop() }, b.Apply(ctx, 1)
}

// startNode starts the chain's node again, with blocks ten minutes apart.
func (c Config) startNode(ctx context.Context, dir string, net localnet.Net) (p *process.Process, rpc string, err error) {
	address, err := process.FreeAddress()
	if err != nil {
		return nil, "", err
	}
	var port int
	if _, err := fmt.Sscanf(address, "127.0.0.1:%d", &port); err != nil {
		return nil, "", err
	}
	home := filepath.Join(dir, "chain")
	if err := c.home(home, net, port, 10*time.Minute); err != nil {
		return nil, "", err
	}
	if p, err = process.Start(ctx, process.Options{Program: c.program("pocketd"), Args: []string{"start", "--home", home}}); err != nil {
		return nil, "", err
	}
	cfg := chain.Default()
	cfg.Nodes = []string{"http://" + address}
	client, err := chain.Dial(cfg)
	if err != nil {
		return nil, "", err
	}
	return p, cfg.Nodes[0], localnet.AwaitHeight(ctx, client, c.Blocks)
}
