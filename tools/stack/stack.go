package stack

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/thejerf/suture/v4"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/tools/secrets"
)

// Stack is one prepared stack.
type Stack struct {
	o         Options
	log       *slog.Logger
	processes map[string]*process
}

// New prepares the folder: keys, chain and configurations. What is there is kept.
func New(o Options, log *slog.Logger) (*Stack, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	var err error
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return nil, err
	}
	if o.Bin, err = filepath.Abs(o.Bin); err != nil {
		return nil, err
	}
	for _, folder := range []string{"config", "logs", "bus", "clickhouse"} {
		if err := os.MkdirAll(o.path(folder), 0o700); err != nil {
			return nil, fmt.Errorf("make state folder: %w", err)
		}
	}
	if err := secrets.Make(o.SecretsDir(), []string{"127.0.0.1", "localhost"}); err != nil {
		return nil, err
	}
	s := &Stack{o: o, log: log, processes: map[string]*process{}}
	if err := s.initChain(); err != nil {
		return nil, err
	}
	if err := s.writeConfigs(); err != nil {
		return nil, err
	}
	s.declare()
	return s, nil
}

// Options returns what the stack was made from, with absolute paths.
func (s *Stack) Options() Options { return s.o }

// initChain writes the chain's genesis and keys, or the new ports into what is there.
func (s *Stack) initChain() error {
	if s.o.Chain != nil {
		return s.o.Chain(s.o.path("chain"))
	}
	out, err := exec.Command(s.bin("pocketd"), "init", "--home", s.o.path("chain"), "--profile", s.o.Profile,
		"--suppliers", strconv.Itoa(s.o.Suppliers), "--service", serviceID, "--block-time", s.o.BlockTime.String(),
		"--rpc-addr", loopback(s.o.Ports.Chain), "--supplier-url", "http://"+loopback(s.o.Ports.Relayer)).CombinedOutput()
	if err != nil {
		return fmt.Errorf("prepare the chain: %w: %s", err, out)
	}
	return nil
}

func (s *Stack) bin(program string) string { return filepath.Join(s.o.Bin, program) }

// declare lists the processes in the order in which they are started.
func (s *Stack) declare() {
	s.add("pocketd", "pocketd", "start", "--home", s.o.path("chain"))
	if s.o.ClickHouse == "" {
		s.add("chlocal", "chlocal", "-data", s.o.path("clickhouse"), "-listen", loopback(s.o.Ports.ClickHouse))
	}
	if s.o.LLM == "" {
		s.add("demollm", "demollm", "-listen", loopback(s.o.Ports.LLM))
	}
	for _, name := range services {
		s.add(name, name, "-config", s.configFile(name))
	}
	for i := 2; i <= s.o.Submitters; i++ {
		s.add(replica("submitter", i), "submitter", "-config", s.configFile(replica("submitter", i)))
	}
}

// replica names the process that is a service's i-th.
func replica(service string, i int) string { return fmt.Sprintf("%s-%d", service, i) }

func (s *Stack) add(name, program string, args ...string) {
	if slices.Contains(s.o.Without, program) {
		return
	}
	s.processes[name] = &process{name: name, path: s.bin(program), args: args, log: s.o.path("logs", name+".log"), info: s.log}
}

// Run starts everything and keeps it running until ctx ends; then it stops the processes, and the bus after them.
func (s *Stack) Run(ctx context.Context) error {
	if s.o.BusURL == "" {
		nats, err := bus.EmbeddedSecured(s.o.path("bus"), s.o.Ports.Bus, secrets.Door(s.o.SecretsDir()))
		if err != nil {
			return err
		}
		defer stopBus(nats)
	}
	if err := s.applyTopology(ctx); err != nil {
		return err
	}
	supervisor := suture.New("lode", suture.Spec{
		FailureThreshold: 10, FailureBackoff: 2 * time.Second, Timeout: stopAfter + 5*time.Second,
		EventHook: func(e suture.Event) { s.log.Debug(e.String()) },
	})
	for _, p := range s.processes {
		supervisor.Add(p)
	}
	if err := supervisor.Serve(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

func stopBus(nats *server.Server) {
	nats.Shutdown()
	nats.WaitForShutdown()
}

// applyTopology creates the streams that the services bind to.
func (s *Stack) applyTopology(ctx context.Context) error {
	b, err := bus.Connect(ctx, s.o.Bus(secrets.Operator), secrets.Operator, s.log)
	if err != nil {
		return err
	}
	defer b.Close()
	return b.Apply(ctx, 1)
}

// Kill ends one process with SIGKILL; it is started again.
func (s *Stack) Kill(name string) error { return s.signal(name, syscall.SIGKILL) }

// Restart ends one process with SIGTERM; it is started again.
func (s *Stack) Restart(name string) error { return s.signal(name, syscall.SIGTERM) }

// Pause stops one process where it stands, until Resume.
func (s *Stack) Pause(name string) error { return s.signal(name, syscall.SIGSTOP) }

// Resume lets a process that was paused go on.
func (s *Stack) Resume(name string) error { return s.signal(name, syscall.SIGCONT) }

func (s *Stack) signal(name string, sig syscall.Signal) error {
	p, ok := s.processes[name]
	if !ok {
		return fmt.Errorf("no process %q in this stack", name)
	}
	return p.signal(sig)
}

// CPU is the processor time of each process, of the runs that have ended.
func (s *Stack) CPU() map[string]time.Duration {
	used := map[string]time.Duration{}
	for name, p := range s.processes {
		used[name] = p.cpu()
	}
	return used
}
