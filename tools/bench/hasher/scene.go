package hasher

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/tools/process"
)

// scene is one bus with an empty log, a publisher, and hashers.
type scene struct {
	cfg       Config
	dir       string
	url       string
	server    *process.Process
	bus       *bus.Bus
	publisher *publisher
	hashers   []*hasher
}

// newScene starts a bus that stores in one of the two ways.
func newScene(ctx context.Context, cfg Config, trees []tree, sync string) (*scene, error) {
	s := &scene{cfg: cfg}
	if err := s.start(ctx, trees, sync); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *scene) start(ctx context.Context, trees []tree, sync string) (err error) {
	if s.dir, err = os.MkdirTemp("", "bench-hasher"); err != nil {
		return err
	}
	address, err := process.FreeAddress()
	if err != nil {
		return err
	}
	observe, err := process.FreeAddress()
	if err != nil {
		return err
	}
	s.url = "nats://" + address
	args := []string{childBus, address, observe, filepath.Join(s.dir, "bus"), sync}
	if s.server, err = process.Start(ctx, process.Options{Program: s.cfg.Self, Args: args, Observe: observe, Stderr: os.Stderr}); err != nil {
		return err
	}
	opening, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if s.bus, err = bus.Connect(opening, bus.Config{URL: s.url}, "topology", slog.New(slog.DiscardHandler)); err != nil {
		return err
	}
	if err := s.bus.Apply(ctx, 1); err != nil {
		return err
	}
	if _, _, err = s.bus.Publish(ctx, bus.Message{Subject: bus.BlockCommittedSubject, Body: &chainv1.Block{Height: height}}); err != nil {
		return err
	}
	s.publisher, err = newPublisher(s.cfg, s.bus, trees)
	return err
}

// close ends all of it, and removes the log.
func (s *scene) close() {
	for _, h := range s.hashers {
		_ = h.Kill()
		if h.limit != nil {
			h.limit.remove()
		}
	}
	if s.bus != nil {
		s.bus.Close()
	}
	if s.server != nil {
		_ = s.server.Kill()
	}
	_ = os.RemoveAll(s.dir)
}

// hasher is one process of the program that is measured.
type hasher struct {
	*process.Process
	limit *limit // nil: none
}

// settings are the hasher's; what they leave out is its default. Folds are stored every second, and every few megabytes
// of the log, so that the last relays of a run do not wait.
const settings = `observe: {listen: "%s", log_level: warn, pprof: true}
bus: {url: "%s"}
partitions: %d
checkpoint_every: 1s
stale_after: 24h
`

// hasher starts one more hasher, of one thread that computes, on the processor cpu (from 1; 0: any). It returns when
// that is ready.
func (s *scene) hasher(ctx context.Context, cpu int, share float64) (*hasher, error) {
	observe, err := process.FreeAddress()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(s.dir, fmt.Sprintf("hasher-%d.yaml", len(s.hashers)))
	if err := os.WriteFile(path, fmt.Appendf(nil, settings, observe, s.url, s.cfg.Partitions), 0o600); err != nil {
		return nil, err
	}
	h := &hasher{}
	if h.Process, err = process.Start(ctx, process.Options{
		Program: s.cfg.Hasher, Args: []string{"-config", path}, Env: []string{"GOMAXPROCS=1"}, CPU: cpu, Observe: observe, Stderr: os.Stderr,
	}); err != nil {
		return nil, err
	}
	s.hashers = append(s.hashers, h)
	if share > 0 {
		if h.limit, err = newLimit(h.Pid(), share); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// startHashers starts n hashers, each on a processor of its own when pinned, and returns when all are ready.
func (s *scene) startHashers(ctx context.Context, n int, pinned bool, share float64) error {
	for i := range n {
		cpu := 0
		if pinned {
			cpu = i + 1
		}
		if _, err := s.hasher(ctx, cpu, share); err != nil {
			return err
		}
	}
	for _, h := range s.hashers {
		if err := h.Ready(ctx); err != nil {
			return err
		}
	}
	return s.shared(ctx)
}
