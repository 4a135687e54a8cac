// Package replicas tells the replicas of a service which of them are alive, from beats in a bucket.
//
// Time is that of the bus: when it stored a beat, compared with when it stored the newest one of this replica. While
// the bus is away time stands still and nobody counts as gone. Who is alive says who should do what, never who may:
// two that think differently must fence each other where they write.
package replicas

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/lodeworks/lode/services/kit/bus"
)

// Beats is how many beats of a replica others may miss before it counts as gone.
const Beats = 3

// Group is the replicas of one service, seen by one of them. It is safe for concurrent use.
type Group struct {
	self    string
	lease   time.Duration
	bucket  jetstream.KeyValue
	changed func() // somebody came or left

	mu   sync.Mutex
	last map[string]beat // newest of each replica
}

type beat struct {
	at   time.Time // when the bus stored it
	says string
}

// Name is a new name for one start of a process.
func Name() string {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}

// New is a group in which self is a member as soon as it beats. bucket must forget no beat within a lease.
func New(bucket jetstream.KeyValue, self string, lease time.Duration, changed func()) *Group {
	return &Group{self: self, lease: lease, bucket: bucket, changed: changed, last: map[string]beat{}}
}

// Beat says that this replica is alive, and what else it has to say.
func (g *Group) Beat(ctx context.Context, says []byte) error {
	if _, err := g.bucket.Put(ctx, g.self, says); err != nil {
		return fmt.Errorf("beat: %w", err)
	}
	return nil
}

// Goodbye lets others take over at once.
func (g *Group) Goodbye(ctx context.Context) error {
	if err := g.bucket.Delete(ctx, g.self); err != nil {
		return fmt.Errorf("say goodbye: %w", err)
	}
	return nil
}

// Alive is what each replica said whose lease has not run out. Who has not heard itself knows of nobody.
func (g *Group) Alive() map[string]string {
	g.mu.Lock()
	defer g.mu.Unlock()
	now, heard := g.last[g.self]
	if !heard {
		return nil
	}
	maps.DeleteFunc(g.last, func(_ string, b beat) bool { return now.at.Sub(b.at) > g.lease })
	out := make(map[string]string, len(g.last))
	for name, b := range g.last {
		out[name] = b.says
	}
	return out
}

// Names are those of the replicas alive, sorted.
func (g *Group) Names() []string { return slices.Sorted(maps.Keys(g.Alive())) }

// Follow hears beats and goodbyes until ctx ends.
func (g *Group) Follow(ctx context.Context) error {
	return bus.FollowBucket(ctx, g.bucket, func() {}, func(e jetstream.KeyValueEntry) error {
		if g.note(e) {
			g.changed()
		}
		return nil
	})
}

// note reports whether somebody came or left.
func (g *Group) note(e jetstream.KeyValueEntry) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if e.Operation() != jetstream.KeyValuePut {
		delete(g.last, e.Key())
		return true
	}
	_, known := g.last[e.Key()]
	g.last[e.Key()] = beat{e.Created(), string(e.Value())}
	return !known
}
