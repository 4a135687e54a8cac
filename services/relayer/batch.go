package relayer

import "bytes"

// When a batch of a stream is full (relay.md §10.3).
const (
	batchLines = 100
	batchBytes = 100 << 10
)

// batcher cuts a stream into batches of whole lines. What was cut off stays: in the end all of it is one relay.
type batcher struct {
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
		i := bytes.IndexByte(b.all[b.seen:], '\n')
		if i < 0 {
			b.seen = len(b.all)
			return nil
		}
		b.seen += i + 1
		b.whole = b.seen
		if b.lines++; b.lines >= batchLines || b.whole-b.cut >= batchBytes {
			return b.flush()
		}
	}
}

// pending tells whether whole lines wait.
func (b *batcher) pending() bool { return b.whole > b.cut }

// flush cuts off the whole lines.
func (b *batcher) flush() []byte {
	batch := b.all[b.cut:b.whole:b.whole]
	b.cut, b.lines = b.whole, 0
	return batch
}
