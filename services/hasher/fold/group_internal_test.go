package fold

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/hasher/fold/foldtest"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/pocket/difficulty"
)

// A faulty group counts not at all: neither the relays before the fault nor its terms.
func TestFaultyGroupLeavesNoTrace(t *testing.T) {
	good := foldtest.Terms("s1", "aa", difficulty.Base)
	with := func(change func(*relayv1.Terms)) *relayv1.ServedGroup {
		bad := foldtest.Terms("s1", "bb", difficulty.Base)
		change(bad)
		return foldtest.Group([]entry{{Relay: "a"}}, good, bad)
	}
	for name, g := range map[string]*relayv1.ServedGroup{
		"short target":        with(func(t *relayv1.Terms) { t.TargetHash = make([]byte, 31) }),
		"long target":         with(func(t *relayv1.Terms) { t.TargetHash = make([]byte, 33) }),
		"no target":           with(func(t *relayv1.Terms) { t.TargetHash = nil }),
		"no supplier":         with(func(t *relayv1.Terms) { t.Supplier = "" }),
		"wildcard supplier":   with(func(t *relayv1.Terms) { t.Supplier = ">" }),
		"session with a dot":  with(func(t *relayv1.Terms) { t.SessionId = "a.b" }),
		"session of a line":   with(func(t *relayv1.Terms) { t.SessionId = "a\n" }),
		"endless session":     with(func(t *relayv1.Terms) { t.SessionId = strings.Repeat("a", 129) }),
		"another end height":  with(func(t *relayv1.Terms) { t.EndHeight++ }),
		"relay without terms": foldtest.Group([]entry{{Relay: "a"}}),
		"terms out of range":  foldtest.Group([]entry{{Session: 0, Relay: "a"}, {Session: 1, Relay: "b"}}, good),
		"terms far out":       foldtest.Group([]entry{{Session: 0, Relay: "a"}, {Session: -1, Relay: "b"}}, good),
		"too many relays":     foldtest.Group(make([]entry, maxGroup+1), good),
	} {
		p := all()
		require.Error(t, p.Fold(Message{20, 1, foldtest.Encode(t, g)}), name)
		require.Empty(t, p.trees, name)
		require.Empty(t, p.spans, name)
		require.Zero(t, p.Totals, name)
		require.Zero(t, p.Unstored, name)
	}
	foreign := New(func(k Key) bool { return k.Session == "bb" })
	require.ErrorIs(t, foreign.Fold(message(t, 1, []entry{{Relay: "a"}}, good)), ErrForeign)
}

// twin is what the protobuf library reads of a group.
func twin(raw []byte) (terms []*relayv1.Terms, relays []served, err error) {
	g := new(relayv1.ServedGroup)
	if err := proto.Unmarshal(raw, g); err != nil {
		return nil, nil, err
	}
	for _, r := range g.Relays {
		relays = append(relays, served{uint64(r.Terms), r.Relay})
	}
	return g.Terms, relays, nil
}

// requireTwin: whatever the library can read is read here to the same effect.
func requireTwin(t require.TestingT, raw []byte) {
	terms, relays, err := twin(raw)
	if err != nil {
		return
	}
	var g group
	if err := g.decode(raw); err != nil {
		require.Greater(t, len(relays), maxGroup)
		return
	}
	require.Len(t, g.terms, len(terms))
	for i, raw := range g.terms {
		have := new(relayv1.Terms)
		require.NoError(t, proto.Unmarshal(raw, have))
		require.True(t, proto.Equal(terms[i], have))
	}
	require.Len(t, g.relays, len(relays))
	for i := range relays {
		require.Equal(t, relays[i].terms, g.relays[i].terms)
		require.Equal(t, string(relays[i].relay), string(g.relays[i].relay))
	}
}

// Fields in any order, unknown ones, repeated ones, of another kind.
func TestGroupAsProtobufReadsIt(t *testing.T) {
	field := rapid.Custom(func(t *rapid.T) []byte {
		number := protowire.Number(rapid.IntRange(1, 5).Draw(t, "number"))
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			return protowire.AppendVarint(protowire.AppendTag(nil, number, protowire.VarintType), rapid.Uint64().Draw(t, "value"))
		case 1:
			return protowire.AppendFixed32(protowire.AppendTag(nil, number, protowire.Fixed32Type), 7)
		}
		return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), []byte(rapid.String().Draw(t, "text")))
	})
	message := rapid.Custom(func(t *rapid.T) (raw []byte) {
		for _, f := range rapid.SliceOfN(field, 0, 5).Draw(t, "fields") {
			raw = append(raw, f...)
		}
		return raw
	})
	rapid.Check(t, func(t *rapid.T) {
		raw := message.Draw(t, "fields of the group")
		for range rapid.IntRange(0, 4).Draw(t, "relays") {
			raw = protowire.AppendBytes(protowire.AppendTag(raw, fieldRelays, protowire.BytesType), message.Draw(t, "relay"))
		}
		requireTwin(t, raw)
	})
}

// Whatever bytes are in the log, folding them does not panic, is what the protobuf library would have folded, and what
// can be sealed of them adds up and can be said.
func FuzzFoldGroup(f *testing.F) {
	f.Add(foldtest.Encode(f, foldtest.Group([]entry{{Session: 0, Relay: "a"}, {Session: 1, Relay: "b"}, {Session: 0, Relay: "a"}}, sessions()...)))
	f.Add(foldtest.Encode(f, foldtest.Group([]entry{{Session: 3, Relay: "a"}}, sessions()...)))
	f.Add(foldtest.Encode(f, &relayv1.ServedGroup{Terms: []*relayv1.Terms{{}}}))
	f.Add([]byte{0xff})
	f.Fuzz(func(t *testing.T, raw []byte) {
		requireTwin(t, raw)
		p := all()
		if p.Fold(Message{EndHeight: foldtest.EndHeight, Sequence: 1, Data: raw}) != nil {
			require.Empty(t, p.trees)
			return
		}
		p.Reached(1)
		total := uint64(0)
		for _, fact := range p.Seal(foldtest.EndHeight, 1<<62) {
			require.Equal(t, fact.Logged, fact.Mined+fact.Filtered+fact.Duplicate)
			require.Equal(t, fact.Mined > 0, len(fact.Root) == 48)
			require.Len(t, strings.Split(bus.SessionSealedSubject(fact.Terms.Supplier, fact.Terms.SessionId), "."), 5)
			total += fact.Logged
		}
		require.Len(t, p.group.relays, int(total))
	})
}
