package hasher

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/replicas"
)

// own beats, and takes and gives partitions, until ctx ends; then it gives all of them.
func (h *Hasher) own(ctx context.Context) error {
	failed := make(chan error, 1)
	ticker := time.NewTicker(h.cfg.LeaseTTL / replicas.Beats)
	defer ticker.Stop()
	defer h.handOver(ctx)
	probe := h.kit.Health.Probe("lease", 10*h.cfg.LeaseTTL)
	for {
		if err := h.beat(ctx); err == nil {
			probe.Beat()
		} else if ctx.Err() == nil {
			h.kit.Log.Warn("beat not said", "err", err)
		}
		h.balance(ctx, failed)
		if err := h.stuck(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-failed:
			return err
		case <-ticker.C:
			continue
		case <-h.uneven:
			h.balance(ctx, failed)
		}
	}
}

// stuck says which partition does not get on although the bus is there: the process must not keep what it does not fold.
func (h *Hasher) stuck() error {
	if !h.bus.NC.IsConnected() {
		return nil
	}
	for p, w := range h.workers.all() {
		if w.stuck() {
			return fmt.Errorf("partition %d is stuck: leaving it to others", p)
		}
	}
	return nil
}

// handOver gives all partitions and says goodbye. What does not end in time is taken by others when this hasher is
// not heard any more.
func (h *Hasher) handOver(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), handOverTime)
	defer cancel()
	h.workers.stop(ctx)
	h.goodbye(ctx)
}

const handOverTime = 5 * time.Second

// balance takes and gives what this hasher should, and drops what another has taken.
func (h *Hasher) balance(ctx context.Context, failed chan error) {
	h.shareMu.Lock()
	if !h.caught {
		h.shareMu.Unlock()
		return
	}
	for p, w := range h.workers.all() {
		if now := h.holders[p]; w.lost(now) {
			w.drop()
		}
	}
	take, give := h.plan(h.self, h.others.Names(), h.holders, h.workers.keeping())
	take = append(take, h.leftover(take)...)
	after := make([]uint64, len(take))
	for i, p := range take {
		after[i] = h.holders[p].step
	}
	h.shareMu.Unlock()
	for _, p := range give {
		h.workers.give(p)
	}
	for i, p := range take {
		h.start(ctx, p, after[i], failed)
	}
}

// leftover lists the partitions that are said to be this hasher's and that nobody works on, for an answer of the bus was
// lost: else nobody ever would. What is too much is given next time.
func (h *Hasher) leftover(taking []uint32) (left []uint32) {
	running := h.workers.all()
	for i, at := range h.holders {
		if p := uint32(i); at.hasher == h.self && running[p] == nil && !slices.Contains(taking, p) {
			left = append(left, p)
		}
	}
	return left
}

// start runs a worker; should it fail for good it says so.
func (h *Hasher) start(ctx context.Context, partition uint32, after uint64, failed chan error) {
	w := newWorker(h, partition, after)
	if !h.workers.add(ctx, w) {
		return
	}
	go func() {
		err := w.run()
		h.workers.remove(w)
		switch {
		case errors.Is(err, errFenced) && w.taken.Load() == 0: // the next beat tries again
			return
		case errors.Is(err, errFenced):
			h.metrics.handovers.WithLabelValues("lost").Inc()
			h.kit.Log.Info("partition lost to another hasher", "partition", partition)
		case err != nil && ctx.Err() == nil:
			select {
			case failed <- fmt.Errorf("partition %d: %w", partition, err):
			default:
			}
		}
		wake(h.uneven)
	}()
}

// followHolders learns who owns which partition, until ctx ends.
func (h *Hasher) followHolders(ctx context.Context) error {
	caught := func() {
		h.shareMu.Lock()
		h.caught = true
		h.shareMu.Unlock()
		wake(h.uneven)
	}
	return h.bus.Newest(ctx, bus.StreamFolds, bus.FoldCommittedFilter, caught, func(m bus.Msg) error {
		p, err := lastToken(m.Subject)
		if err != nil || p >= int64(len(h.holders)) {
			return fmt.Errorf("fold log of partition %d of %d: is partitions what it was?", p, len(h.holders))
		}
		h.shareMu.Lock()
		defer h.shareMu.Unlock()
		before := h.holders[p].hasher
		h.holders[p] = holder{m.Header.Get(headerOwner), m.Sequence}
		if h.holders[p].hasher != before {
			wake(h.uneven)
		}
		return nil
	})
}

// lastToken reads the number at the end of a subject.
func lastToken(subject string) (int64, error) {
	n, err := strconv.ParseInt(subject[strings.LastIndexByte(subject, '.')+1:], 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("subject %q does not end in a number", subject)
	}
	return n, nil
}

// partOf reads the partition and the end height from a subject of the relay log.
func partOf(subject string) (partition, end int64, err error) {
	if end, err = lastToken(subject); err != nil {
		return 0, 0, err
	}
	partition, err = lastToken(subject[:max(0, strings.LastIndexByte(subject, '.'))])
	return partition, end, err
}

// checkPartitions fails when the relay log has a partition that no hasher would own.
func (h *Hasher) checkPartitions(ctx context.Context) error {
	subjects, err := h.bus.Subjects(ctx, bus.StreamRelays, bus.RelayServedFilter)
	if err != nil {
		return err
	}
	for subject := range subjects {
		p, _, err := partOf(subject)
		if err != nil || p >= int64(h.cfg.Partitions) {
			return fmt.Errorf("partitions: the relay log has %s, this hasher was told of %d partitions", subject, h.cfg.Partitions)
		}
	}
	return nil
}
