package traffic

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/lodeworks/lode/e2e/robustness/history"
	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// relayer answers relays, group after group, and now and then does what a relayer on a bad day does.
type relayer struct {
	world       *World
	random      *rand.Rand
	name        string
	incarnation int
	numbers     map[string]uint64   // by session: last number given
	said        map[string][][]byte // by session: some relays of earlier groups
}

// What happens to one group in a hundred, or to one relay.
const (
	restarts = 1 // a new incarnation: its numbers start again
	resends  = 8 // the reply was lost: it is sent again under its id
	repeats  = 3 // it is sent again under another id, as when the duplicate window was too short
	again    = 3 // a relay was answered before
)

func (r *relayer) chance(percent int) bool { return r.random.IntN(100) < percent }

// run answers until ctx ends; a group that was begun is finished.
func (r *relayer) run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Duration(r.random.IntN(int(2 * r.world.pause)))):
		}
		if err := r.group(context.WithoutCancel(ctx)); err != nil {
			return err
		}
	}
}

// group answers some relays of one lane. The height does not move meanwhile.
func (r *relayer) group(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r.world.mu.RLock()
	defer r.world.mu.RUnlock()
	lane, late := r.lane(r.world.height)
	if len(lane) == 0 {
		return nil
	}
	if r.chance(restarts) {
		r.incarnation++
		r.numbers = map[string]uint64{}
	}
	g := &relayv1.ServedGroup{Relayer: fmt.Sprint(r.name, r.incarnation), Terms: lane}
	for range 1 + r.random.IntN(24) {
		at := r.random.IntN(len(lane))
		id := history.Key(lane[at])
		r.numbers[id]++
		g.Relays = append(g.Relays, &relayv1.Served{Terms: uint32(at), Number: r.numbers[id], Relay: r.relay(id), StatusCode: 200})
	}
	content, err := bus.NewContent(bus.RelayServedSubject(fmt.Sprint(partitionOf(lane[0])), fmt.Sprint(lane[0].EndHeight)), g)
	if err != nil {
		return err
	}
	if err := r.answer(ctx, content, g, late); err != nil {
		return err
	}
	if r.chance(repeats) {
		content.ID += "/again"
		return r.answer(ctx, content, g, late)
	}
	return nil
}

// answer publishes a message until the log has it, and notes its relays.
func (r *relayer) answer(ctx context.Context, content bus.Content, g *relayv1.ServedGroup, late bool) error {
	sequence, duplicate, err := r.world.bus.PublishContent(ctx, content)
	if err != nil {
		return err
	}
	if duplicate {
		return fmt.Errorf("%s: %w", content.ID, errTwice)
	}
	for _, served := range g.Relays {
		r.world.History.Answered(g.Terms[served.Terms], served.Relay, sequence, late)
	}
	if r.chance(resends) {
		if same, duplicate, err := r.world.bus.PublishContent(ctx, content); err != nil || !duplicate || same != sequence {
			return errors.Join(fmt.Errorf("sent again: %w (%d for %d)", errTwice, same, sequence), err)
		}
	}
	return nil
}

// lane chooses the sessions of one partition and end height that take relays now. Some are late, and still in the log.
func (r *relayer) lane(height int64) (lane []*relayv1.Terms, late bool) {
	end := endOf(height)
	if before := end - sessionBlocks; height <= before+graceBlocks && r.chance(40) {
		end = before
	} else if height >= before+openBlocks && height <= before+openBlocks+lateBlocks && r.chance(5) {
		end, late = before, true
	}
	if end < sessionBlocks {
		return nil, false
	}
	all := sessionsOf(end)
	partition := partitionOf(all[r.random.IntN(len(all))])
	for _, t := range all {
		if partitionOf(t) == partition {
			lane = append(lane, t)
		}
	}
	return lane, late
}

// relay makes a relay that was never answered before, or takes one that was.
func (r *relayer) relay(id string) []byte {
	if said := r.said[id]; len(said) > 0 && r.chance(again) {
		return said[r.random.IntN(len(said))]
	}
	value := make([]byte, 100+r.random.IntN(300))
	for i := 0; i+8 <= len(value); i += 8 {
		binary.LittleEndian.PutUint64(value[i:], r.random.Uint64())
	}
	if said := r.said[id]; len(said) < 50 {
		r.said[id] = append(said, value)
	}
	return value
}

func partitionOf(t *relayv1.Terms) uint32 { return bus.Partition(history.Key(t), partitions) }
