package validate

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	"github.com/lodeworks/lode/e2e/robustness/history"
	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// ErrTwice is returned when a session has a second fact.
var ErrTwice = errors.New("a session was sealed twice")

// Facts follows what is sealed.
type Facts struct {
	mu    sync.Mutex
	facts map[string]*sessionv1.Sealed
}

// NewFacts knows none yet.
func NewFacts() *Facts { return &Facts{facts: map[string]*sessionv1.Sealed{}} }

// Follow takes facts from the bus until ctx ends.
func (f *Facts) Follow(ctx context.Context, b *bus.Bus) error {
	from := uint64(1)
	for {
		var err error
		from, err = each(ctx, b, bus.StreamSessions, bus.SessionSealedFilter, from, func(m *jetstream.RawStreamMsg) error {
			fact := new(sessionv1.Sealed)
			if err := proto.Unmarshal(m.Data, fact); err != nil {
				return err
			}
			return f.add(fact)
		})
		if err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// each hands on the messages that are in a stream from a sequence on, and returns that of the next one. It asks for one
// after another: what services follow logs with is under test, too.
func each(ctx context.Context, b *bus.Bus, stream, subject string, from uint64, apply func(*jetstream.RawStreamMsg) error) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute) // for all of it, on a busy machine
	defer cancel()
	s, err := b.JS.Stream(ctx, stream)
	if err != nil {
		return from, err
	}
	for {
		m, err := s.GetMsg(ctx, from, jetstream.WithGetMsgSubject(subject))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return from, nil
		}
		if err != nil {
			return from, fmt.Errorf("read %s from %d: %w", stream, from, err)
		}
		if err := apply(m); err != nil {
			return from, err
		}
		from = m.Sequence + 1
	}
}

func (f *Facts) add(fact *sessionv1.Sealed) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := history.Key(fact.Terms)
	if f.facts[key] != nil {
		return fmt.Errorf("session %s: %w", key, ErrTwice)
	}
	f.facts[key] = fact
	return nil
}

// Of is a session's fact; nil when there is none yet.
func (f *Facts) Of(key string) *sessionv1.Sealed {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.facts[key]
}

// Log reads the whole relay log and returns the messages that are in it, by sequence with the number of relays.
func Log(ctx context.Context, b *bus.Bus) (map[uint64]int, error) {
	log := map[uint64]int{}
	_, err := each(ctx, b, bus.StreamRelays, bus.RelayServedFilter, 1, func(m *jetstream.RawStreamMsg) error {
		g := new(relayv1.ServedGroup)
		err := proto.Unmarshal(m.Data, g)
		log[m.Sequence] = len(g.Relays)
		return err
	})
	return log, err
}

// Missing counts the relays of open sessions that are not in the log any more, and the relays of ended ones that still are.
func Missing(sessions []history.Session, log map[uint64]int) (missing, kept int) {
	for _, s := range sessions {
		for _, e := range s.Entries {
			_, there := log[e.Sequence]
			switch {
			case !there && !s.Ended:
				missing++
			case there && s.Ended:
				kept++
			}
		}
	}
	return missing, kept
}
