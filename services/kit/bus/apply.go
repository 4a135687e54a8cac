package bus

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go/jetstream"
)

// Apply creates what is declared and missing, and updates what differs. Only the topology command and tests call
// it: services bind.
func (b *Bus) Apply(ctx context.Context, replicas int) error {
	for _, s := range b.topology.Streams {
		if _, err := b.JS.CreateOrUpdateStream(ctx, s.config(replicas)); err != nil {
			return fmt.Errorf("apply stream %s: %w", s.Name, err)
		}
	}
	for _, k := range b.topology.Buckets {
		if _, err := b.JS.CreateOrUpdateKeyValue(ctx, k.config(replicas)); err != nil {
			return fmt.Errorf("apply bucket %s: %w", k.Name, err)
		}
	}
	return nil
}

// Bind checks that the named streams exist as declared. The error names every difference.
func (b *Bus) Bind(ctx context.Context, streams ...string) error {
	var errs []error
	for _, name := range streams {
		want, err := b.topology.Stream(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		have, err := b.JS.Stream(ctx, name)
		if err != nil {
			errs = append(errs, fmt.Errorf("bind stream %s: %w (has `lode topology apply` run?)", name, err))
			continue
		}
		b.bound = append(b.bound, name)
		errs = append(errs, differences(want, have.CachedInfo().Config)...)
	}
	return errors.Join(errs...)
}

// differences compares what matters for correctness; limits count only where they are tighter than declared and
// would lose messages, or the memory of them, too early.
func differences(want Stream, have jetstream.StreamConfig) []error {
	var errs []error
	w := want.config(have.Replicas)
	report := func(field string, want, have any) {
		errs = append(errs, fmt.Errorf("stream %s: %s is %v, declared %v", w.Name, field, have, want))
	}
	if w.Retention != have.Retention {
		report("retention", w.Retention, have.Retention)
	}
	if w.Storage != have.Storage {
		report("storage", w.Storage, have.Storage)
	}
	if w.Discard != have.Discard {
		report("discard", w.Discard, have.Discard)
	}
	if have.Duplicates < w.Duplicates { // a repeated publish must still be known
		report("duplicate_window", w.Duplicates, have.Duplicates)
	}
	if have.MaxAge > 0 && (w.MaxAge == 0 || have.MaxAge < w.MaxAge) {
		report("max_age", w.MaxAge, have.MaxAge)
	}
	slices.Sort(w.Subjects)
	slices.Sort(have.Subjects)
	if !slices.Equal(w.Subjects, have.Subjects) {
		report("subjects", w.Subjects, have.Subjects)
	}
	return errs
}
