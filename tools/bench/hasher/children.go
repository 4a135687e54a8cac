package hasher

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/lodeworks/lode/services/kit/bus"
)

// What a child of this program is told to be.
const (
	childBus   = "serve-bus"
	childRedis = "consume-redis"
)

// Child runs what this program is as a child of itself, so that its processor time can be told from the publisher's.
// ran is false when args name no such part.
func Child(args []string) (ran bool, err error) {
	if len(args) < 1 {
		return false, nil
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	switch {
	case args[0] == childBus && len(args) == 5:
		return true, serveBus(ctx, args[1], args[2], args[3], args[4])
	case args[0] == childRedis && len(args) == 3:
		return true, consumeRedis(ctx, args[1], args[2])
	default:
		return false, nil
	}
}

// Ways in which the bus stores: with each message synced, or all of them once a second.
const (
	syncAlways = "always"
	syncSecond = "second"
)

// serveBus is a NATS server with a file store, until ctx ends. Its profiles are at observe.
func serveBus(ctx context.Context, address, observe, dir, sync string) error {
	host, port, err := hostPort(address)
	if err != nil {
		return err
	}
	_, profiles, err := hostPort(observe)
	if err != nil {
		return err
	}
	s, err := server.NewServer(&server.Options{
		ServerName: "bench", Host: host, Port: port, ProfPort: profiles, NoSigs: true, NoLog: true, JetStream: true, StoreDir: dir, MaxPayload: bus.MaxPayload,
		SyncAlways: sync == syncAlways, SyncInterval: time.Second, JetStreamMaxMemory: 256 << 20, JetStreamMaxStore: 64 << 30,
	})
	if err != nil {
		return fmt.Errorf("configure the bus: %w", err)
	}
	go s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		return errors.New("the bus did not start within 20 s")
	}
	<-ctx.Done()
	s.Shutdown()
	s.WaitForShutdown()
	return nil
}

func hostPort(address string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, err
	}
	port, err = strconv.Atoi(text)
	return host, port, err
}
