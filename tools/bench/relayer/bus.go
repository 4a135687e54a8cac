package relayer

import (
	"context"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/tools/process"
)

// ServeBus is the bus of a single machine, which syncs every message, until ctx ends. It is a process of its own, as it
// is where relayers run: in the process of the load its syncs would wait for the load's turns.
func ServeBus(ctx context.Context, dir, address string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return err
	}
	server, err := bus.Embedded(dir, number)
	if err != nil {
		return err
	}
	<-ctx.Done()
	server.Shutdown()
	server.WaitForShutdown()
	return nil
}

// startBus runs program for [ServeBus], until the scene is closed.
func (s *scene) startBus(program []string) error {
	address, err := process.FreeAddress()
	if err != nil {
		return err
	}
	s.busURL = "nats://" + address
	args := slices.Concat(program[1:], []string{s.dir, address})
	p, err := process.Start(context.Background(), process.Options{Program: program[0], Args: args, Stderr: os.Stderr})
	if err != nil {
		return fmt.Errorf("start the bus: %w", err)
	}
	s.busPID = p.Pid()
	s.Cleanup(func() { _ = p.Stop() })
	return nil
}
