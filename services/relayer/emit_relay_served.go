package relayer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/run"
	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/relayer/relaylog"
	"github.com/lodeworks/lode/services/relayer/spool"
)

// When a reply is finished, the values of Config.Ack. services/docs/flow.md has the guarantee of each.
const (
	ackBeforeReply = "before_reply" // when its relay is in the log or in the spool
	ackWithReply   = "with_reply"   // while its relay is on its way there
)

// groupRoom is what a message may have beside one relay's request, in bytes.
const groupRoom = relaylog.GroupRoom

// errLogFull is what a reply says that waited too long.
var errLogFull = relaylog.ErrFull

// publisher is the part of the bus that the relay log needs.
type publisher interface {
	PublishContent(ctx context.Context, c bus.Content) (sequence uint64, duplicate bool, err error)
}

// relayLog is the relay log as this service sees it: what does not fit is a refusal.
type relayLog struct {
	*relaylog.Log
	incarnation string // names this start of the process
	bus         publisher
	spool       *spool.Spool // nil: none

	stopDrain context.CancelFunc // set by start
	draining  sync.WaitGroup
}

// publishesAlone is how many groups are on their way at a time to a stream on one server, which stores one message after
// another, each with a sync: one that it stores and one behind it. What is sent beyond waits there, closed, instead of
// filling here. Several servers agree on many messages at a time: each lane sends.
const publishesAlone = 2

// newRelayLog opens the spool, if there is to be one. The stream is on so many servers.
func newRelayLog(cfg Config, b publisher, replicas int, kit run.Kit, m *metrics) (*relayLog, error) {
	l := &relayLog{incarnation: newIncarnation(), bus: b}
	if cfg.Spool.Dir != "" {
		var err error
		m.spoolLimit.Set(float64(cfg.Spool.MaxBytes))
		if l.spool, err = spool.Open(cfg.Spool, kit.Log, m.ofSpool()); err != nil {
			return nil, fmt.Errorf("open the spool: %w", err)
		}
	}
	publishes := 0
	if replicas == 1 {
		publishes = publishesAlone
	}
	l.Log = relaylog.New(relaylog.Options{
		Publishes: publishes, Incarnation: l.incarnation, Partitions: cfg.Partitions, MaxUnlogged: cfg.MaxUnlogged, WithReply: cfg.Ack == ackWithReply,
		Publish: l.publish, Spool: l.spool, After: cfg.Spool.After, Log: kit.Log, Metrics: m.ofLog(),
	})
	return l, nil
}

// publish stores one group of relays in the stream.
func (l *relayLog) publish(ctx context.Context, group bus.Content) error {
	_, _, err := l.bus.PublishContent(ctx, group)
	return err
}

// room refuses new work, before it is done, when it might not be logged.
func (l *relayLog) room() error {
	err := l.Room()
	switch {
	case err == nil:
		return nil
	case errors.Is(err, spool.ErrFull):
		return refuse(http.StatusServiceUnavailable, relay.Internal, "spool_full", err)
	default:
		return refuse(http.StatusServiceUnavailable, relay.Internal, "log_full", err)
	}
}

// emitRelayServed returns when the relay is as safe as Config.Ack says. When ctx ends first it may still get there.
func (l *relayLog) emitRelayServed(ctx context.Context, terms *relayv1.Terms, served *relayv1.Served) error {
	traceServed(ctx, terms, served)
	return l.Commit(ctx, terms, served)
}

// forget drops what is not needed any more at a height.
func (l *relayLog) forget(height int64) { l.Forget(height) }

// start drains the spool, what a former process left first, until close.
func (l *relayLog) start() {
	ctx, cancel := context.WithCancel(context.Background())
	l.stopDrain = cancel
	l.draining.Go(func() { _ = l.Drain(ctx) })
}

// close comes after the last reply. It waits for what is not logged yet; what the bus does not take within patience
// goes to the spool. What is in the spool stays there for the next process.
func (l *relayLog) close(patience time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	l.Close(ctx)
	l.stopDrain()
	l.draining.Wait()
	if l.spool != nil {
		_ = l.spool.Close() // all that was acknowledged is synced, as the policy says
	}
}
