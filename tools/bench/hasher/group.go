package hasher

import (
	"encoding/binary"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

// lane is what a relayer says of one partition: groups, one after another. There is one group in memory, encoded; for
// the next one only the bytes that make each relay another one are written.
type lane struct {
	subject string
	id      string // beginning of its messages' ids
	message []byte
	relays  []spot
	numbers []uint64 // by tree of the lane: last number given
	sent    uint64   // groups
	next    uint64   // of the relay
}

// spot is where a relay's own bytes are in the message.
type spot struct {
	nonce  int
	number int // a varint of numberBytes
	tree   int // in the lane
}

// numberBytes is the room of a relay's number: a varint may have bytes of nothing at its end.
const numberBytes = 5

// newLanes sorts the trees into the lanes of one relayer.
func newLanes(cfg Config, trees []tree) ([]*lane, error) {
	byPartition := make([][]tree, cfg.Partitions)
	for _, t := range trees {
		p := bus.Partition(t.terms.Supplier+"/"+t.terms.SessionId, uint32(cfg.Partitions))
		byPartition[p] = append(byPartition[p], t)
	}
	var lanes []*lane
	for p, trees := range byPartition {
		if len(trees) == 0 {
			continue
		}
		l, err := newLane(p, trees, cfg.Group)
		if err != nil {
			return nil, err
		}
		lanes = append(lanes, l)
	}
	return lanes, nil
}

// newLane encodes a group of n relays, in turn of each tree.
func newLane(partition int, trees []tree, n int) (*lane, error) {
	l := &lane{
		subject: bus.RelayServedSubject(fmt.Sprint(partition), fmt.Sprint(endHeight)), id: fmt.Sprintf("bench/%d/", partition),
		numbers: make([]uint64, len(trees)), next: uint64(partition) << 40,
	}
	head := &relayv1.ServedGroup{Relayer: "bench"}
	for _, t := range trees {
		head.Terms = append(head.Terms, t.terms)
	}
	var err error
	if l.message, err = proto.Marshal(head); err != nil {
		return nil, err
	}
	for i := range n {
		at := i % len(trees)
		served, number, nonce := encodeServed(uint32(at), trees[at])
		l.message = protowire.AppendTag(l.message, 3, protowire.BytesType)
		l.message = protowire.AppendVarint(l.message, uint64(len(served)))
		begin := len(l.message)
		l.message = append(l.message, served...)
		l.relays = append(l.relays, spot{begin + nonce, begin + number, at})
	}
	return l, nil
}

// encodeServed is a relayv1.Served with room for any number, and where its own bytes are.
func encodeServed(terms uint32, t tree) (b []byte, number, nonce int) {
	b = protowire.AppendTag(b, 1, protowire.VarintType)
	b = protowire.AppendVarint(b, uint64(terms))
	b = protowire.AppendTag(b, 2, protowire.VarintType)
	number = len(b)
	b = append(b, make([]byte, numberBytes)...)
	b = protowire.AppendTag(b, 3, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(len(t.value)))
	nonce = len(b) + t.nonce
	b = append(b, t.value...)
	rest, err := proto.Marshal(&relayv1.Served{
		ServedUnixNano: 1_750_000_000_000_000_000, StatusCode: 200, BackendNanos: 812_345_678, RequestBytes: 700, ResponseBytes: 900,
		PromptTokens: 150, CompletionTokens: 210, UsageKnown: true, Model: "llama", FinishReason: "stop",
	})
	if err != nil {
		panic(err) // it has no text that is not UTF-8
	}
	return append(b, rest...), number, nonce
}

// stamp makes the message the lane's next group, of relays that were never said before.
func (l *lane) stamp() bus.Content {
	for _, s := range l.relays {
		binary.BigEndian.PutUint64(l.message[s.nonce:], l.next)
		l.next++
		l.numbers[s.tree]++
		putVarint(l.message[s.number:][:numberBytes], l.numbers[s.tree])
	}
	l.sent++
	return bus.Content{Subject: l.subject, ID: fmt.Sprint(l.id, l.sent), Type: "lode.relay.v1.ServedGroup", Data: l.message}
}

// putVarint fills all of b with the varint of v.
func putVarint(b []byte, v uint64) {
	for i := range b {
		b[i] = byte(v&0x7f) | 0x80
		v >>= 7
	}
	b[len(b)-1] &= 0x7f
}
