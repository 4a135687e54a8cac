package analytics

import (
	"crypto/sha256"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/ch"
)

func terms() *relayv1.Terms {
	return &relayv1.Terms{Supplier: "s", Application: "a", Service: "llm", SessionId: "id", StartHeight: 1, EndHeight: 10,
		GraceEndHeight: 11, ClaimOpenHeight: 12, ComputeUnitsPerRelay: 100, TargetHash: append([]byte{0x80}, make([]byte, 31)...)}
}

func TestRelayRowIsTheLogEntry(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		group := &relayv1.ServedGroup{Relayer: "r1", Terms: []*relayv1.Terms{{TargetHash: make([]byte, 32)}, terms()}}
		for range rapid.IntRange(0, 5).Draw(t, "relays") {
			group.Relays = append(group.Relays, &relayv1.Served{Terms: rapid.Uint32Range(0, 1).Draw(t, "terms"),
				Number: rapid.Uint64().Draw(t, "number"), Relay: rapid.SliceOf(rapid.Byte()).Draw(t, "relay"),
				ServedUnixNano: rapid.Int64().Draw(t, "at")})
		}
		sequence := rapid.Uint64().Draw(t, "sequence")
		rows, err := rowsOfGroup(group, sequence)
		require.NoError(t, err)
		require.Len(t, rows, len(group.Relays))
		for i, r := range rows {
			row, said := r.(*relayRow), group.Relays[i]
			hash := sha256.Sum256(said.Relay)
			require.Equal(t, string(hash[:]), row.RelayHash)
			require.Equal(t, said.Terms == 1 && hash[0] < 0x80, row.Mined, "below the target; nothing is below zero")
			require.Equal(t, []any{sequence, uint32(i), said.Number, "r1"}, []any{row.StreamSeq, row.Position, row.Number, row.Relayer})
			require.Equal(t, said.ServedUnixNano, row.ServedAt.UnixNano())
		}
	})
}

func TestMessagesWithoutTermsAreRefused(t *testing.T) {
	short := terms()
	short.TargetHash = short.TargetHash[1:]
	for name, group := range map[string]*relayv1.ServedGroup{
		"no terms":     {Relays: []*relayv1.Served{{}}},
		"beyond terms": {Terms: []*relayv1.Terms{terms()}, Relays: []*relayv1.Served{{}, {Terms: 1}}},
		"short target": {Terms: []*relayv1.Terms{short}},
		"nil terms":    {Terms: []*relayv1.Terms{nil}, Relays: []*relayv1.Served{{}}},
	} {
		rows, err := rowsOfGroup(group, 1)
		require.Error(t, err, name)
		require.Empty(t, rows, "all or nothing, as the hasher does it")
	}
	_, err := rowOfSealed(&sessionv1.Sealed{}, 1)
	require.ErrorIs(t, err, errNoTerms)
	_, err = rowOfChanged(&claimv1.Changed{}, 1)
	require.ErrorIs(t, err, errNoTerms)
	_, err = rowOfBlock(&chainv1.Block{}, 1)
	require.Error(t, err)
}

func TestTheFirstSealWins(t *testing.T) {
	first, err := rowOfSealed(&sessionv1.Sealed{Terms: terms(), Mined: 1}, 7)
	require.NoError(t, err)
	second, err := rowOfSealed(&sessionv1.Sealed{Terms: terms(), Mined: 2}, 8)
	require.NoError(t, err)
	require.Greater(t, first.Precedence, second.Precedence)
	require.Equal(t, uint64(math.MaxUint64-7), first.Precedence)
}

func TestObligationRow(t *testing.T) {
	row, err := rowOfChanged(&claimv1.Changed{Height: 13, Obligation: &claimv1.Obligation{Terms: terms(), Phase: claimv1.Phase_PHASE_PROOF_WAIVED,
		Outcome: claimv1.Outcome_OUTCOME_CLAIM_MISSED, ClaimedUpokt: "340282366920938463463374607431768211455", FeeUpokt: 3}}, 5)
	require.NoError(t, err)
	require.Equal(t, []string{"proof_waived", "claim_missed"}, []string{row.Phase, row.Outcome})
	require.Equal(t, 128, row.ClaimedUpokt.BitLen())
	require.Zero(t, row.SettledUpokt.Sign())
	_, err = rowOfChanged(&claimv1.Changed{Obligation: &claimv1.Obligation{Terms: terms(), ClaimedUpokt: "12upokt"}}, 5)
	require.ErrorContains(t, err, "claimed_upokt")
	open, err := rowOfChanged(&claimv1.Changed{Obligation: &claimv1.Obligation{Terms: terms()}}, 5)
	require.NoError(t, err)
	require.Empty(t, open.Outcome+open.Phase)
}

// An event that its type cannot decode is stored as it came, and does not take the others with it.
func TestABadEventKeepsItsNeighbours(t *testing.T) {
	part := &chainv1.Events{Height: 5, TimeUnixNano: time.Hour.Nanoseconds(), Txs: []*chainv1.Tx{{Index: 3, Hash: []byte{0xab}}}, Events: []*chainv1.Event{
		{Type: "pocket.proof.EventClaimCreated", Index: 0, Attributes: []*chainv1.Attribute{{Key: "num_relays", Value: "not json"}}},
		{Type: "pocket.proof.EventClaimCreated", Index: 1, Attributes: []*chainv1.Attribute{{Key: "claimed_upokt", Value: `"5mact"`}}},
		{Type: "pocket.proof.EventClaimCreated", Index: 2, TxIndex: 3, Attributes: []*chainv1.Attribute{{Key: "num_relays", Value: `"9"`}}},
		{Type: "coin_spent", Index: 3},
	}}
	rows, err := RowsOf(part)
	require.ErrorContains(t, err, "event 0 of height 5")
	require.ErrorContains(t, err, "event 1 of height 5")
	tables := map[string]int{}
	for _, r := range rows {
		tables[r.Table()]++
	}
	require.Equal(t, map[string]int{"txs": 1, "chain_events": 4, "claims": 1}, tables)
	claim := rows[len(rows)-2].(*claimRow)
	require.Equal(t, []any{uint64(9), uint32(3), uint64(5<<24 | 2)}, []any{claim.NumRelays, claim.TxIndex, claim.Version})
	require.Equal(t, "AB", rows[0].(*txRow).Hash)
}

func TestAttributesKeepOrderAndRepeats(t *testing.T) {
	a := &attributes{}
	for _, kv := range [][2]string{{"b", "1"}, {"a", "2"}, {"b", "3"}} {
		a.Put(kv[0], kv[1])
	}
	var got []string
	for it := a.Iterator(); it.Next(); {
		got = append(got, it.Key().(string)+it.Value().(string))
	}
	require.Equal(t, []string{"b1", "a2", "b3"}, got)
}

// FuzzRows: whatever bytes a message has, every consumer returns rows or an error, and amounts stay in their columns.
func FuzzRows(f *testing.F) {
	for _, m := range []proto.Message{
		&relayv1.ServedGroup{Relayer: "r", Terms: []*relayv1.Terms{terms()}, Relays: []*relayv1.Served{{Relay: []byte("x"), Number: 1}}},
		&sessionv1.Sealed{Terms: terms(), Mined: 1},
		&claimv1.Changed{Obligation: &claimv1.Obligation{Terms: terms(), ClaimedUpokt: "7"}},
		&chainv1.Events{Height: 1, Events: []*chainv1.Event{{Type: "pocket.tokenomics.EventClaimSettled", Attributes: []*chainv1.Attribute{
			{Key: "settled_upokt", Value: `"7upokt"`}}}}},
		&chainv1.Block{Height: 1, Hash: []byte{1}},
	} {
		raw, err := proto.Marshal(m)
		require.NoError(f, err)
		f.Add(raw)
	}
	consumers := []func(bus.Msg) ([]ch.Row, error){onRelayServed, onSessionSealed, onClaimChanged, onClaimEnded, onChainEvents, onBlockCommitted}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, rowsOf := range consumers {
			rows, _ := rowsOf(bus.Msg{Data: raw, Sequence: 1})
			for _, row := range rows {
				require.NotEmpty(t, row.Table())
				if s, ok := row.(*settlementRow); ok {
					require.LessOrEqual(t, s.SettledUpokt.BitLen(), 128)
					require.LessOrEqual(t, s.PaidUpokt.BitLen(), 128)
				}
			}
		}
	})
}
