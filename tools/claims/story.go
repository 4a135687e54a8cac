package claims

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// Story is one claim: the changes the submitter said, oldest first, and what it still owes.
type Story struct {
	Changes []*claimv1.Changed
	Open    *claimv1.Obligation // as stored before the last broadcast; nil when the claim has ended
}

// Now is the newest state of the claim.
func (s Story) Now() *claimv1.Obligation {
	if s.Open != nil {
		return s.Open
	}
	return s.Changes[len(s.Changes)-1].Obligation
}

// Stories reads the claims of a session and a supplier, by the session's end; an empty name stands for all.
func Stories(ctx context.Context, b *bus.Bus, session, supplier string) ([]Story, error) {
	all := map[string]*Story{}
	at := func(o *claimv1.Obligation) *Story {
		key := o.GetTerms().GetSupplier() + "." + o.GetTerms().GetSessionId()
		if all[key] == nil {
			all[key] = &Story{}
		}
		return all[key]
	}
	named := func(name string) string { return cmp.Or(name, "*") }
	filters := []string{bus.ClaimChangedSubject(named(supplier), named(session)), bus.ClaimEndedSubject(named(supplier), named(session))}
	_, err := b.Replay(ctx, bus.StreamClaims, filters, func(m bus.Msg) error {
		c := new(claimv1.Changed)
		if err := proto.Unmarshal(m.Data, c); err != nil {
			return fmt.Errorf("decode %s: %w", m.Subject, err)
		}
		s := at(c.Obligation)
		s.Changes = append(s.Changes, c)
		return nil
	})
	if err != nil {
		return nil, err
	}
	open, err := obligations(ctx, b, named(supplier)+"."+named(session))
	if err != nil {
		return nil, err
	}
	for _, o := range open {
		at(o).Open = o
	}
	var list []Story
	for _, s := range all {
		list = append(list, *s)
	}
	slices.SortFunc(list, func(x, y Story) int {
		a, b := x.Now().GetTerms(), y.Now().GetTerms()
		return cmp.Or(cmp.Compare(a.GetEndHeight(), b.GetEndHeight()), strings.Compare(a.GetSessionId(), b.GetSessionId()), strings.Compare(a.GetSupplier(), b.GetSupplier()))
	})
	return list, nil
}

// obligations reads the bucket's entries whose key matches.
func obligations(ctx context.Context, b *bus.Bus, match string) ([]*claimv1.Obligation, error) {
	bucket, err := b.JS.KeyValue(ctx, bus.BucketObligations)
	if err != nil {
		return nil, fmt.Errorf("bind bucket %s: %w", bus.BucketObligations, err)
	}
	keys, err := bucket.ListKeysFiltered(ctx, match)
	if err != nil {
		return nil, fmt.Errorf("list obligations: %w", err)
	}
	var list []*claimv1.Obligation
	for key := range keys.Keys() {
		entry, err := bucket.Get(ctx, key)
		if errors.Is(err, jetstream.ErrKeyNotFound) { // it ended in between
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read obligation %s: %w", key, err)
		}
		o := new(claimv1.Obligation)
		if err := proto.Unmarshal(entry.Value(), o); err != nil {
			return nil, fmt.Errorf("decode obligation %s: %w", key, err)
		}
		list = append(list, o)
	}
	return list, nil
}
