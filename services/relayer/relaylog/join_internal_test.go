package relaylog

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// flat is what a run of messages says, one line for each relay: the slow twin's view, which knows no groups.
func flat(t require.TestingT, run []bus.Content) (lines []string) {
	for _, c := range run {
		g := new(relayv1.ServedGroup)
		require.NoError(t, proto.Unmarshal(c.Data, g))
		for _, r := range g.Relays {
			terms := g.Terms[r.Terms]
			lines = append(lines, fmt.Sprint(c.Subject, g.Relayer, terms.SessionId, terms.ComputeUnitsPerRelay, r.Number, len(r.Relay)))
		}
	}
	return lines
}

// TestJoin: joined messages say the same relays in the same order, within the bounds of a group; what the bus may have
// is as it was; and joining again changes nothing.
func TestJoin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var run []bus.Content
		numbers := map[string]uint64{}
		for range rapid.IntRange(0, 12).Draw(t, "groups") {
			g := &group{terms: map[string]uint32{}}
			g.message.Relayer = rapid.SampledFrom([]string{"one", "one", "one", "two"}).Draw(t, "relayer")
			for range rapid.SampledFrom([]int{1, 2, 100, maxRelays}).Draw(t, "relays") {
				session := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "session")
				numbers[g.message.Relayer+session]++
				terms := &relayv1.Terms{Supplier: "s", SessionId: session, ComputeUnitsPerRelay: uint64(session[0])}
				g.add(idOf(terms), terms, &relayv1.Served{Number: numbers[g.message.Relayer+session], Relay: make([]byte, rapid.SampledFrom([]int{0, 10, 5000}).Draw(t, "size"))})
			}
			c, err := bus.NewContent("subject", &g.message)
			require.NoError(t, err)
			if rapid.Bool().Draw(t, "new") {
				c.ID = ""
			}
			run = append(run, c)
		}
		joined := join(run)
		require.Equal(t, flat(t, run), flat(t, joined))
		var kept, sent []string
		for _, c := range joined {
			require.NotEmpty(t, c.ID)
			kept = append(kept, c.ID)
		}
		for _, c := range run {
			if c.ID != "" {
				sent = append(sent, c.ID)
			}
		}
		require.Subset(t, kept, sent)
		require.Equal(t, joined, join(joined))
		require.Equal(t, joined, join(run), "the same run, the same ids")
	})
}

// TestJoinBounds: many small groups are few messages; none is over the bounds of a group.
func TestJoinBounds(t *testing.T) {
	var run []bus.Content
	for n := range 1000 {
		c, err := bus.NewContent("subject", &relayv1.ServedGroup{
			Relayer: "one", Terms: []*relayv1.Terms{terms("a", 10)}, Relays: []*relayv1.Served{{Number: uint64(n + 1)}},
		})
		require.NoError(t, err)
		c.ID = ""
		run = append(run, c)
	}
	require.Len(t, join(run), 4)
	bad := bus.Content{Subject: "subject", Data: []byte("garbage")}
	require.Len(t, join([]bus.Content{run[0], bad, run[1]}), 3, "what cannot be read goes as it is")
	wrong, err := bus.NewContent("subject", &relayv1.ServedGroup{Relays: []*relayv1.Served{{Terms: 7}}})
	require.NoError(t, err)
	unnamed := wrong
	unnamed.ID = ""
	require.Equal(t, []bus.Content{wrong}, join([]bus.Content{unnamed}))
}
