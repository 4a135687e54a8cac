package hasher

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/pocket/difficulty"
)

// A faulty group counts not at all: neither the relays before the fault nor its terms.
func TestFaultyGroupLeavesNoTrace(t *testing.T) {
	good := termsOf("s1", "aa", difficulty.Base)
	with := func(change func(*relayv1.Terms)) []*relayv1.Terms {
		bad := termsOf("s1", "bb", difficulty.Base)
		change(bad)
		return []*relayv1.Terms{good, bad}
	}
	for name, g := range map[string]*relayv1.ServedGroup{
		"short target":        group([]entry{{0, "a"}}, with(func(t *relayv1.Terms) { t.TargetHash = make([]byte, 31) })),
		"long target":         group([]entry{{0, "a"}}, with(func(t *relayv1.Terms) { t.TargetHash = make([]byte, 33) })),
		"no target":           group([]entry{{0, "a"}}, with(func(t *relayv1.Terms) { t.TargetHash = nil })),
		"no supplier":         group([]entry{{0, "a"}}, with(func(t *relayv1.Terms) { t.Supplier = "" })),
		"wildcard supplier":   group([]entry{{0, "a"}}, with(func(t *relayv1.Terms) { t.Supplier = ">" })),
		"session with a dot":  group([]entry{{0, "a"}}, with(func(t *relayv1.Terms) { t.SessionId = "a.b" })),
		"session of a line":   group([]entry{{0, "a"}}, with(func(t *relayv1.Terms) { t.SessionId = "a\n" })),
		"endless session":     group([]entry{{0, "a"}}, with(func(t *relayv1.Terms) { t.SessionId = strings.Repeat("a", 129) })),
		"relay without terms": group([]entry{{0, "a"}}, nil),
		"terms out of range":  group([]entry{{0, "a"}, {1, "b"}}, []*relayv1.Terms{good}),
		"terms far out":       group([]entry{{0, "a"}, {-1, "b"}}, []*relayv1.Terms{good}),
	} {
		s := newState()
		require.Error(t, s.fold(subject, 1, g), name)
		require.Equal(t, newState(), s, name)
	}
}

// Whatever bytes are in the log, folding them does not panic, and what can be sealed of them adds up and can be said.
func FuzzFoldGroup(f *testing.F) {
	seed := func(g *relayv1.ServedGroup) {
		raw, err := proto.Marshal(g)
		require.NoError(f, err)
		f.Add(raw)
	}
	seed(group([]entry{{0, "a"}, {1, "b"}, {0, "a"}, {2, "a"}}, sessions()))
	seed(group([]entry{{3, "a"}}, sessions()))
	seed(&relayv1.ServedGroup{Terms: []*relayv1.Terms{{}}})
	f.Add([]byte{0xff})
	f.Fuzz(func(t *testing.T, raw []byte) {
		g := new(relayv1.ServedGroup)
		if proto.Unmarshal(raw, g) != nil {
			return
		}
		s := newState()
		if s.fold(subject, 1, g) != nil {
			require.Equal(t, newState(), s)
			return
		}
		s.advance(1)
		total := uint64(0)
		for k := range s.trees {
			fact := s.seal(k, 0)
			require.Equal(t, fact.Logged, fact.Mined+fact.Filtered+fact.Duplicate)
			require.Equal(t, fact.Mined > 0, len(fact.Root) == 48)
			require.Len(t, strings.Split(bus.SessionSealedSubject(k.supplier, k.session), "."), 5)
			total += fact.Logged
		}
		require.Len(t, g.Relays, int(total))
	})
}
