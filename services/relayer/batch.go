package relayer

import (
	"bytes"
	"encoding/binary"
)

// When a batch of a stream is full (relay.md §10.3).
const (
	batchLines = 100
	batchBytes = 100 << 10
)

// batcher cuts a stream into batches of whole lines, or of whole gRPC messages. What was cut off stays: in the end all of
// it is one relay.
type batcher struct {
	grpc  bool   // of messages
	all   []byte // the stream so far
	cut   int    // all[:cut] is in batches
	whole int    // all[:whole] is whole lines
	lines int    // lines in all[cut:whole]
	seen  int    // all[whole:seen] has no end of a line
}

func (b *batcher) add(p []byte) { b.all = append(b.all, p...) }

// full cuts off the next batch that is full; nil: none is. After it has returned nil, pending and flush know all lines.
func (b *batcher) full() []byte {
	for {
		n := b.end()
		if n < 0 {
			return nil
		}
		b.seen, b.whole = n, n
		if b.lines++; b.lines >= batchLines || b.whole-b.cut >= batchBytes {
			return b.flush()
		}
	}
}

// end is where the line, or the message, ends that begins at whole; negative when it is not all here.
func (b *batcher) end() int {
	if b.grpc {
		return b.endOfMessage()
	}
	i := bytes.IndexByte(b.all[b.seen:], '\n')
	if i < 0 {
		b.seen = len(b.all)
		return -1
	}
	return b.seen + i + 1
}

// endOfMessage is end for gRPC: a message has a flag and its length before it.
func (b *batcher) endOfMessage() int {
	const prefix = 5
	have := b.all[b.whole:]
	if len(have) < prefix {
		return -1
	}
	if n := prefix + int64(binary.BigEndian.Uint32(have[1:])); n <= int64(len(have)) {
		return b.whole + int(n)
	}
	return -1
}

// pending tells whether whole lines wait.
func (b *batcher) pending() bool { return b.whole > b.cut }

// over tells whether the lines that wait end with what an OpenAI client takes for the end of the stream.
func (b *batcher) over() bool {
	return bytes.HasSuffix(bytes.TrimRight(b.all[b.cut:b.whole], "\r\n"), []byte("data: [DONE]"))
}

// flush cuts off the whole lines.
func (b *batcher) flush() []byte {
	batch := b.all[b.cut:b.whole:b.whole]
	b.cut, b.lines = b.whole, 0
	return batch
}
