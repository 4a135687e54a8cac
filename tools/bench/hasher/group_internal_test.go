package hasher

import (
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/pocket/relay"
)

func fewTrees(t *testing.T) (Config, []tree) {
	t.Helper()
	cfg := Quick()
	cfg.Sessions, cfg.Suppliers, cfg.Partitions, cfg.Group = 6, 2, 4, 10
	trees, err := newTrees(cfg)
	require.NoError(t, err)
	require.Len(t, trees, 12)
	return cfg, trees
}

// TestRelays: what is published is what a relayer would publish: signed, of the size, of the session it names.
func TestRelays(t *testing.T) {
	_, trees := fewTrees(t)
	supplier, err := key("supplier ", 1)
	require.NoError(t, err)
	for _, tree := range trees {
		require.Len(t, tree.value, relayBytes)
		leaf, err := relay.DecodeLeaf(tree.value)
		require.NoError(t, err)
		require.Equal(t, tree.terms.SessionId, leaf.Req.Meta.SessionHeader.SessionId)
		require.NoError(t, relay.CheckRequest(leaf.Req))
		if tree.terms.Supplier == supplier.Address() {
			require.NoError(t, relay.VerifyResponse(leaf.Res, supplier.Public()))
		}
	}
}

// TestStamp: no two relays of any lane and group are the same, and each session's numbers have no gap.
func TestStamp(t *testing.T) {
	cfg, trees := fewTrees(t)
	lanes, err := newLanes(cfg, trees)
	require.NoError(t, err)
	values, ids, last := map[[32]byte]bool{}, map[string]bool{}, map[string]uint64{}
	for range 300 { // numbers grow to two bytes
		for _, l := range lanes {
			content := l.stamp()
			ids[content.ID] = true
			group := new(relayv1.ServedGroup)
			require.NoError(t, proto.Unmarshal(content.Data, group))
			require.Len(t, group.Relays, cfg.Group)
			for _, r := range group.Relays {
				id := group.Terms[r.Terms].Supplier + group.Terms[r.Terms].SessionId
				last[id]++
				require.Equal(t, last[id], r.Number)
				require.True(t, r.UsageKnown)
				values[sha256.Sum256(r.Relay)] = true
				leaf, err := relay.DecodeLeaf(r.Relay)
				require.NoError(t, err)
				require.Equal(t, group.Terms[r.Terms].SessionId, leaf.Res.Meta.SessionHeader.SessionId)
			}
		}
	}
	require.Len(t, values, 300*len(lanes)*cfg.Group)
	require.Len(t, ids, 300*len(lanes))
	require.Len(t, last, len(trees))
}

func TestPutVarint(t *testing.T) {
	for _, v := range []uint64{0, 1, 127, 128, 300, 1 << 34} {
		b := []byte{0x10, 0, 0, 0, 0, 0} // field 2 of Served
		putVarint(b[1:], v)
		served := new(relayv1.Served)
		require.NoError(t, proto.Unmarshal(b, served))
		require.Equal(t, v, served.Number)
	}
}
