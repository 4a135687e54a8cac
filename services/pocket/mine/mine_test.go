package mine

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/pokt-network/smt"
	"github.com/pokt-network/smt/kvstore/simplemap"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lodeworks/lode/services/pocket/difficulty"
	"github.com/lodeworks/lode/services/pocket/smst"
)

// book does what One does, by the book and one thing after another.
func book(r *Relay) Mined {
	hash := sha256.Sum256(r.Value)
	if bytes.Compare(hash[:], r.Target[:]) >= 0 {
		return Mined{}
	}
	path := sha256.Sum256(hash[:])
	data := append([]byte{0}, path[:]...)
	data = append(data, r.Value...)
	data = binary.BigEndian.AppendUint64(data, r.Weight)
	data = binary.BigEndian.AppendUint64(data, 1)
	return Mined{Leaf: smst.Leaf{Path: path, Hash: sha256.Sum256(data), Weight: r.Weight}, Counts: true}
}

// drawRelay draws relays of any length, about half of them above their target.
func drawRelay(rt *rapid.T) Relay {
	size := rapid.OneOf(rapid.IntRange(0, 200), rapid.IntRange(1100, 1300), rapid.IntRange(0, 5000)).Draw(rt, "size")
	value := make([]byte, size)
	copy(value, rapid.SliceOfN(rapid.Byte(), 0, min(size, 8)).Draw(rt, "value"))
	return Relay{
		Value:  value,
		Target: rapid.SampledFrom([]difficulty.Target{difficulty.Base, {0x80}, {0x80}, {}}).Draw(rt, "target"),
		Weight: rapid.SampledFrom([]uint64{1, 100, 1 << 63}).Draw(rt, "weight"),
	}
}

// TestBatchLikeTheBook uses one batch again and again.
func TestBatchLikeTheBook(t *testing.T) {
	var batch Batch
	rapid.Check(t, func(rt *rapid.T) {
		relays := rapid.SliceOfN(rapid.Custom(drawRelay), 0, 70).Draw(rt, "relays")
		mined := batch.Mine(relays)
		require.Len(rt, mined, len(relays))
		for i := range relays {
			want := book(&relays[i])
			require.Equal(rt, want, One(&relays[i]), "relay %d", i)
			require.Equal(rt, want, mined[i], "relay %d", i)
		}
	})
}

// TestLeavesLikeTheOfficialTrie: a trie of mined relays has the official library's root.
func TestLeavesLikeTheOfficialTrie(t *testing.T) {
	var relays []Relay
	trie := smt.NewSparseMerkleSumTrie(simplemap.NewSimpleMap(), sha256.New(), smt.WithValueHasher(nil))
	for i := range 300 {
		r := Relay{Value: bytes.Repeat([]byte(fmt.Sprint(i)), i), Target: difficulty.Base, Weight: 7}
		relays = append(relays, r)
		hash := sha256.Sum256(r.Value)
		require.NoError(t, trie.Update(hash[:], r.Value, r.Weight))
	}
	var batch Batch
	var set smst.Set
	for _, m := range batch.Mine(relays) {
		require.True(t, set.Add(m.Leaf))
	}
	root := set.Tree().Root()
	require.Equal(t, []byte(trie.Root()), root[:])
}

func usualRelays(n, size int) []Relay {
	relays := make([]Relay, n)
	for i := range relays {
		value := make([]byte, size)
		binary.BigEndian.PutUint64(value, uint64(i))
		relays[i] = Relay{Value: value, Target: difficulty.Base, Weight: 100}
	}
	return relays
}

func TestMiningDoesNotAllocate(t *testing.T) {
	relays := usualRelays(256, 1200)
	var batch Batch
	batch.Mine(relays)
	require.Zero(t, testing.AllocsPerRun(20, func() { batch.Mine(relays) }))
	require.Zero(t, testing.AllocsPerRun(20, func() { One(&relays[0]) }))
}

// BenchmarkOne: relay hash, path and leaf hash of one relay of 1,200 bytes.
func BenchmarkOne(b *testing.B) {
	relays := usualRelays(256, 1200)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		One(&relays[i%len(relays)])
		i++
	}
}

// BenchmarkBatch reports the time for each of the relays as well.
func BenchmarkBatch(b *testing.B) {
	for _, n := range []int{1, 4, 16, 64, 256} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { benchmarkBatch(b, usualRelays(n, 1200)) })
	}
	mixed := usualRelays(256, 2000)
	for i := range mixed { // 400 to 2,000 bytes, 1,200 in the mean, in no order
		mixed[i].Value = mixed[i].Value[:400+i*101%256*1600/255]
	}
	b.Run("256 mixed", func(b *testing.B) { benchmarkBatch(b, mixed) })
}

func benchmarkBatch(b *testing.B, relays []Relay) {
	var batch Batch
	b.ReportAllocs()
	for b.Loop() {
		batch.Mine(relays)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(relays)), "ns/relay")
}
