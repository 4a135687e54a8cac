package submitter

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/replicas"
)

// keyring is whose keys a submitter has: the start of SHA-256 of each address, ascending.
type keyring []uint64

func short(address string) uint64 {
	sum := sha256.Sum256([]byte(address))
	return binary.BigEndian.Uint64(sum[:])
}

func (k keyring) has(address string) bool {
	_, found := slices.BinarySearch(k, short(address))
	return found
}

// owner is who should act for a supplier, of those alive that have its key; empty: nobody has. It is the one with the
// greatest hash of both names: everybody who knows the same of the others comes to the same owner, each has about as
// many suppliers, and when one comes or goes only what it gets or had moves.
func owner(supplier string, alive map[string]keyring) (name string) {
	var greatest [32]byte
	for candidate, keys := range alive {
		if !keys.has(supplier) {
			continue
		}
		if h := sha256.Sum256([]byte(candidate + " " + supplier)); name == "" || slices.Compare(h[:], greatest[:]) > 0 {
			name, greatest = candidate, h
		}
	}
	return name
}

// alive is the submitters that are, with their keys. It is empty until this one has heard itself.
func (s *Submitter) alive() map[string]keyring {
	said := s.others.Alive()
	out := make(map[string]keyring, len(said))
	for name, says := range said {
		m := new(claimv1.Member)
		if err := proto.Unmarshal([]byte(says), m); err != nil {
			s.kit.Log.Warn("beat of another submitter not understood", "submitter", name, "err", err)
		}
		out[name] = m.Suppliers
	}
	return out
}

// known tells whether any submitter alive has the supplier's key: then it is one of ours.
func known(supplier string, alive map[string]keyring) bool { return owner(supplier, alive) != "" }

// join beats until ctx ends, then says goodbye.
func (s *Submitter) join(ctx context.Context) error {
	defer s.goodbye(ctx)
	probe := s.kit.Health.Probe("lease", 10*s.cfg.LeaseTTL)
	ticker := time.NewTicker(s.cfg.LeaseTTL / replicas.Beats)
	defer ticker.Stop()
	var before map[string]string
	for {
		if err := s.beat(ctx); err == nil {
			probe.Beat()
		} else if ctx.Err() == nil {
			s.kit.Log.Warn("beat not said", "err", err)
		}
		if now := s.others.Alive(); !maps.Equal(now, before) { // whose lease runs out says nothing
			before = now
			s.wakeUp()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

func (s *Submitter) beat(ctx context.Context) error {
	m := new(claimv1.Member)
	for _, address := range s.keys.Addresses() {
		m.Suppliers = append(m.Suppliers, short(address))
	}
	if s.purse.keys != nil { // who has its key may be the one that pays
		m.Suppliers = append(m.Suppliers, short(s.cfg.Treasury.Account))
	}
	slices.Sort(m.Suppliers)
	raw, err := proto.Marshal(m)
	if err != nil {
		return err
	}
	return s.others.Beat(ctx, raw)
}

const goodbyeTime = 5 * time.Second

func (s *Submitter) goodbye(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbyeTime)
	defer cancel()
	if err := s.others.Goodbye(ctx); err != nil {
		s.kit.Log.Warn("goodbye not said", "err", err)
	}
}

// adopt makes this submitter the one that acts for the obligations, and returns those that it acts for now. From
// then on a former owner can store nothing for them, and what it cannot store it does not send.
func (s *Submitter) adopt(ctx context.Context, list []*claimv1.Obligation) (own []*claimv1.Obligation) {
	s.each(ctx, list, func(o *claimv1.Obligation) error {
		mine := o
		if o.Owner != s.self && o.Phase != claimv1.Phase_PHASE_ENDED { // an ending is anybody's
			mine = with(o, func(o *claimv1.Obligation) { o.Owner = s.self })
			if err := s.book.store(ctx, o, mine); err != nil {
				return err
			}
			if o.Owner != "" {
				s.metrics.adopted.Inc()
			}
		}
		own = append(own, mine)
		if mine == o && !s.book.isUnsaid(keyOf(o.Terms)) {
			return nil
		}
		return s.say(ctx, mine) // its former owner may have stored the phase without saying it
	})
	return own
}
