// Package status reads how the whole of a running system is: what hashers, submitters and the index have before them, and
// what bus and store hold. Everything is read from the bus, the analytics API and a node; nothing is kept.
package status

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	foldv1 "github.com/lodeworks/lode/proto/gen/go/fold/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/tools/analyticsapi"
)

// Status is how things are.
type Status struct {
	Hashers     []Hasher     `json:"hashers"`
	Partitions  Partitions   `json:"partitions"`
	Obligations []Obligation `json:"obligations"` // open ones, by phase
	Index       Index        `json:"index"`
	Store       Store        `json:"store"`
	Streams     []Stream     `json:"streams"`
}

// Hasher is one that is alive, as it says it of itself.
type Hasher struct {
	Name       string `json:"name"`
	Partitions int    `json:"partitions"`
	Leaves     uint64 `json:"leaves"` // in its memory
}

// Partitions are those of the relay log that have messages.
type Partitions struct {
	Logged int    `json:"logged"`
	Behind int    `json:"behind"`       // whose newest message is in no stored step of their fold
	Lag    uint64 `json:"lag_messages"` // at most so many messages of the log are in no stored step
	Owners int    `json:"owners"`       // hashers that said the newest steps
	Steps  uint64 `json:"steps"`        // stored
}

// Obligation is how many claims and proofs of a phase are owed to the chain.
type Obligation struct {
	Phase string `json:"phase"`
	Open  uint64 `json:"open"`
}

// Index is how far the index has come. Heights are 0 where there is none.
type Index struct {
	Chain   int64 `json:"chain_height"`
	Said    int64 `json:"said_height"`   // newest block on the bus
	Stored  int64 `json:"stored_height"` // newest block in the store
	Missing int64 `json:"missing"`       // heights in between that are not in the store
}

// Store is what ClickHouse holds.
type Store struct {
	Rows            uint64  `json:"rows"`
	Bytes           uint64  `json:"bytes"`
	Parts           uint64  `json:"parts"`
	StoredPerSecond float64 `json:"rows_stored_per_second"`
}

// Stream is what a stream or bucket of the bus holds. A limit of 0 is none.
type Stream struct {
	Name      string `json:"name"`
	Messages  uint64 `json:"messages"`
	Bytes     uint64 `json:"bytes"`
	MaxBytes  int64  `json:"max_bytes"`
	Consumers int    `json:"consumers"`
}

// Read asks them all.
func Read(ctx context.Context, b *bus.Bus, api *analyticsapi.Client, node *chain.Client) (s Status, err error) {
	for _, read := range []func() error{
		func() error { return s.hashers(ctx, b) },
		func() error { return s.partitions(ctx, b) },
		func() error { return s.index(ctx, b, api, node) },
		func() error { return s.obligations(ctx, api) },
		func() error { return s.store(ctx, api) },
		func() error { return s.streams(ctx, b) },
	} {
		err = errors.Join(err, read())
	}
	return s, err
}

func (s *Status) hashers(ctx context.Context, b *bus.Bus) error {
	s.Hashers = []Hasher{}
	bucket, err := b.JS.KeyValue(ctx, bus.BucketHashers)
	if err != nil {
		return fmt.Errorf("ask for hashers: %w", err)
	}
	names, err := bucket.Keys(ctx)
	if errors.Is(err, jetstream.ErrNoKeysFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("ask for hashers: %w", err)
	}
	for _, name := range names {
		var member foldv1.Member
		entry, err := bucket.Get(ctx, name)
		if errors.Is(err, jetstream.ErrKeyNotFound) { // it is gone since
			continue
		}
		if err == nil {
			err = proto.Unmarshal(entry.Value(), &member)
		}
		if err != nil {
			return fmt.Errorf("ask for hasher %s: %w", name, err)
		}
		s.Hashers = append(s.Hashers, Hasher{Name: name, Partitions: len(member.Partitions), Leaves: member.Leaves})
	}
	return nil
}

// partitions compares each partition's log with what is stored of its fold.
func (s *Status) partitions(ctx context.Context, b *bus.Bus) error {
	subjects, err := b.Subjects(ctx, bus.StreamRelays, bus.RelayServedFilter)
	if err != nil {
		return err
	}
	logged, owners := map[string]uint64{}, map[string]bool{}
	for subject, messages := range subjects {
		logged[strings.Split(subject, ".")[3]] += messages
	}
	s.Partitions.Logged = len(logged)
	for partition, messages := range logged {
		newest, found, err := b.LastOf(ctx, bus.StreamRelays, bus.RelayServedSubject(partition, "*"))
		if err != nil {
			return err
		}
		var step foldv1.Commit
		if _, _, err := b.Last(ctx, bus.StreamFolds, bus.FoldCommittedSubject(partition), &step); err != nil {
			return err
		}
		folded := step.Folded
		for _, ahead := range step.Ahead {
			folded = max(folded, ahead.Folded)
		}
		if found && newest.Sequence > folded {
			s.Partitions.Behind++
			s.Partitions.Lag += min(messages, newest.Sequence-folded)
		}
		if step.Owner != "" {
			owners[step.Owner] = true
		}
	}
	s.Partitions.Owners = len(owners)
	steps, err := b.Subjects(ctx, bus.StreamFolds, bus.FoldCommittedFilter)
	for _, n := range steps {
		s.Partitions.Steps += n
	}
	return err
}

func (s *Status) index(ctx context.Context, b *bus.Bus, api *analyticsapi.Client, node *chain.Client) error {
	tip, errNode := node.Status(ctx)
	if errNode == nil {
		s.Index.Chain = tip.SyncInfo.LatestBlockHeight
	}
	var said chainv1.Block
	_, _, errBus := b.Last(ctx, bus.StreamChain, bus.BlockCommittedSubject, &said)
	s.Index.Said = said.Height
	errStore := each(ctx, api, "index", nil, func(row struct {
		Last    int64 `json:"last_height"`
		Missing int64 `json:"missing"`
	}) {
		s.Index.Stored, s.Index.Missing = max(s.Index.Stored, row.Last), s.Index.Missing+row.Missing
	})
	return errors.Join(errNode, errBus, errStore)
}

func (s *Status) obligations(ctx context.Context, api *analyticsapi.Client) error {
	phases := map[string]uint64{}
	err := each(ctx, api, "obligations", url.Values{"limit": {"5000"}}, func(row struct {
		Phase string `json:"phase"`
	}) {
		phases[row.Phase]++
	})
	s.Obligations = []Obligation{}
	for _, phase := range []string{"sealed", "claimed", "proof_due", "proven", "proof_waived"} {
		if phases[phase] > 0 {
			s.Obligations = append(s.Obligations, Obligation{phase, phases[phase]})
		}
	}
	return err
}

func (s *Status) store(ctx context.Context, api *analyticsapi.Client) error {
	return each(ctx, api, "tables", nil, func(row Store) {
		s.Store.Rows, s.Store.Bytes, s.Store.Parts = s.Store.Rows+row.Rows, s.Store.Bytes+row.Bytes, s.Store.Parts+row.Parts
		s.Store.StoredPerSecond += row.StoredPerSecond
	})
}

func (s *Status) streams(ctx context.Context, b *bus.Bus) error {
	s.Streams = []Stream{}
	list := b.JS.ListStreams(ctx)
	for info := range list.Info() {
		s.Streams = append(s.Streams, Stream{
			Name: info.Config.Name, Messages: info.State.Msgs, Bytes: info.State.Bytes, MaxBytes: max(0, info.Config.MaxBytes), Consumers: info.State.Consumers,
		})
	}
	return list.Err()
}

// each hands the rows of a question to see.
func each[R any](ctx context.Context, api *analyticsapi.Client, question string, query url.Values, see func(R)) error {
	if query == nil {
		query = url.Values{}
	}
	return api.Rows(ctx, "/v1/"+question, query, func(raw json.RawMessage) error {
		var row R
		if err := json.Unmarshal(raw, &row); err != nil {
			return fmt.Errorf("read %s: %w", question, err)
		}
		see(row)
		return nil
	})
}
