package fold

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	foldv1 "github.com/lodeworks/lode/proto/gen/go/fold/v1"
	"github.com/lodeworks/lode/services/hasher/fold/foldtest"
	"github.com/lodeworks/lode/services/pocket/difficulty"
)

// foldLog is a partition's fold log in memory.
type foldLog struct {
	t     require.TestingT
	steps []*foldv1.Commit
}

// store does what an owner does; cut: it dies after so many messages of the step.
func (l *foldLog) store(p *Partition, owner string, cut int) {
	step := p.Changes()
	first := uint64(len(l.steps) + 1)
	for i, c := range step {
		if i == cut {
			return
		}
		c.Owner = owner
		l.steps = append(l.steps, proto.CloneOf(c))
	}
	p.Stored(first)
}

func (l *foldLog) load() *Partition {
	p := all()
	for i, c := range l.steps {
		require.NoError(l.t, p.Load(uint64(i+1), c))
	}
	return p
}

// requireSame: what one has folded is what another has loaded.
func requireSame(t require.TestingT, want, have *Partition) {
	require.Equal(t, want.folded, have.folded)
	require.Equal(t, want.Ahead(), have.Ahead())
	require.Len(t, have.trees, len(want.trees))
	for k, w := range want.trees {
		h := have.trees[k]
		require.Equal(t, [3]uint64{w.logged, w.filtered, w.duplicate}, [3]uint64{h.logged, h.filtered, h.duplicate})
		require.Equal(t, w.places, h.places)
		require.True(t, proto.Equal(w.terms, h.terms))
		require.Equal(t, w.sealed != nil, h.sealed != nil)
		if w.sealed != nil {
			require.True(t, proto.Equal(w.sealed, h.sealed))
		}
		require.Equal(t, w.set.Tree().Root(), h.set.Tree().Root())
	}
}

// Owners come and go at any point, in the middle of a step too; what the last one has is what one would have that
// never died.
func TestOwnersComeAndGo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := sessions()
		messages := split(t, genLog(t, len(terms)), terms)
		sealAfter := rapid.IntRange(0, len(messages)).Draw(t, "seal after")
		log := &foldLog{t: t}
		p, one := all(), all()
		owner := 0
		for i := 0; i <= len(messages); i++ {
			if i == sealAfter {
				sealed(one)
			}
			if i < len(messages) {
				foldAll(t, one, messages[i])
			}
		}
		for i := 0; i < len(messages) || len(p.Sealed()) < len(one.Sealed()); {
			if int(p.Folded()) == sealAfter {
				sealed(p)
			}
			if i < len(messages) {
				foldAll(t, p, messages[i])
				i++
			}
			switch rapid.IntRange(0, 3).Draw(t, "then") {
			case 0:
				log.store(p, fmt.Sprint(owner), -1)
				requireSame(t, p, log.load())
			case 1: // killed, perhaps in the middle of a step
				if rapid.Bool().Draw(t, "in a step") {
					log.store(p, fmt.Sprint(owner), rapid.IntRange(0, 1).Draw(t, "messages"))
				}
				owner++
				log.steps = append(log.steps, &foldv1.Commit{Owner: fmt.Sprint(owner)})
				p = log.load()
				i = int(p.Folded())
			}
		}
		log.store(p, fmt.Sprint(owner), -1)
		requireSame(t, one, log.load())
	})
}

// A step with very many leaves is several messages, which count only together.
func TestGreatStep(t *testing.T) {
	terms := []string{"aa", "bb", "cc"}
	p, log := all(), &foldLog{t: t}
	for i := range 3*maxLeaves/2/1000 + 1 {
		relays := make([]entry, 1000)
		for j := range relays {
			relays[j] = entry{Session: 0, Relay: fmt.Sprint(i, " ", j)}
		}
		foldAll(t, p, message(t, i+1, relays, foldtest.Terms("s", terms[i%len(terms)], difficulty.Base)))
	}
	sealed(p)
	step := p.Changes()
	require.Len(t, step, 2)
	log.store(p, "a", 1)
	require.Empty(t, log.load().trees, "half of a step")
	log.steps = append(log.steps, &foldv1.Commit{Owner: "b"})
	require.Empty(t, log.load().trees, "that of a dead owner counts not at all")
	log.store(p, "b", 1) // the answer is lost: b stores all again
	log.store(p, "b", -1)
	requireSame(t, p, log.load())
	for _, f := range log.load().Sealed() {
		requireTree(t, log.load(), f)
	}
	require.Len(t, p.Changes(), 1)
	require.Empty(t, p.Changes()[0].Sessions)
}

// The fold log is needed from the first step of the oldest end height on.
func TestNeeded(t *testing.T) {
	p, log := all(), &foldLog{t: t}
	old, young := foldtest.Terms("s1", "aa", foldtest.Half), foldtest.Terms("s1", "bb", foldtest.Half)
	young.EndHeight = 30
	require.EqualValues(t, 9, p.Needed(9))
	foldAll(t, p, message(t, 1, foldtest.Some(0, 5), old))
	log.store(p, "a", -1)
	foldAll(t, p, Message{30, 2, foldtest.Encode(t, foldtest.Group(foldtest.Some(0, 5), young))})
	log.store(p, "a", -1)
	for _, p := range []*Partition{p, log.load()} {
		require.EqualValues(t, 1, p.Needed(9))
		p.End(KeyOf(old))
		p.Forget(20)
		require.EqualValues(t, 2, p.Needed(9))
		p.End(KeyOf(young))
		p.Forget(30)
		require.EqualValues(t, 9, p.Needed(9))
	}
}

// Whatever bytes are in the fold log, loading them does not panic, and what is loaded can be sealed, stored and proved.
func FuzzLoad(f *testing.F) {
	p := all()
	foldAll(f, p, message(f, 1, []entry{{Session: 0, Relay: "a"}, {Session: 1, Relay: "b"}, {Session: 2, Relay: "c"}}, sessions()...))
	seed := func() {
		raw, err := proto.Marshal(p.Changes()[0])
		require.NoError(f, err)
		f.Add(raw)
	}
	seed()
	sealed(p)
	seed()
	f.Fuzz(func(t *testing.T, raw []byte) {
		c := new(foldv1.Commit)
		if proto.Unmarshal(raw, c) != nil {
			return
		}
		p := all()
		if p.Load(1, c) != nil {
			require.Empty(t, p.trees)
			return
		}
		for _, end := range p.Due(1 << 40) {
			p.Seal(end, 1<<40)
		}
		p.Build()
		for k, tree := range p.trees {
			_, _, _ = p.Closest(k, [32]byte{1}, tree.sealed.GetRoot())
			p.End(k)
		}
		p.Changes()
	})
}
