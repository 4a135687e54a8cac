package relay

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
)

// StreamDelimiter follows each signed batch of a stream (relay.md §10).
const StreamDelimiter = "||POKT_STREAM||"

// ErrTruncated is a stream that ends inside a batch.
var ErrTruncated = errors.New("the stream ends inside a batch")

// StreamReader reads the signed batches of a stream. It is for one goroutine.
//
// The delimiter can occur inside a batch, too. All content of a response is in fields that tell their length, so what
// precedes such a delimiter does not decode: the batch ends at the first delimiter before which it does.
type StreamReader struct {
	from  io.Reader
	limit int
	buf   []byte
	tried int // no batch ends in buf[:tried]
	err   error
}

// NewStreamReader reads batches of at most limit bytes each.
func NewStreamReader(from io.Reader, limit int) *StreamReader {
	return &StreamReader{from: from, limit: limit}
}

// Next returns the next batch as soon as it is complete. At the end of the stream it is io.EOF, or ErrTruncated
// behind half a batch. Signatures are for the caller to verify.
func (s *StreamReader) Next() (*servicetypes.RelayResponse, error) {
	for {
		if res := s.cut(); res != nil {
			return res, nil
		}
		switch {
		case errors.Is(s.err, io.EOF) && len(s.buf) > 0:
			return nil, ErrTruncated
		case s.err != nil:
			return nil, s.err
		case len(s.buf) > s.limit+len(StreamDelimiter):
			return nil, fmt.Errorf("%w: a batch of more than %d bytes", ErrLimit, s.limit)
		}
		s.fill()
	}
}

// cut takes a complete batch from the buffer; nil when there is none.
func (s *StreamReader) cut() *servicetypes.RelayResponse {
	for {
		i := bytes.Index(s.buf[s.tried:], []byte(StreamDelimiter))
		if i < 0 {
			s.tried = max(s.tried, len(s.buf)-len(StreamDelimiter)+1)
			return nil
		}
		at := s.tried + i
		if at > s.limit {
			return nil
		}
		if res, err := DecodeResponse(s.buf[:at]); err == nil {
			s.buf, s.tried = append([]byte(nil), s.buf[at+len(StreamDelimiter):]...), 0
			return res
		}
		s.tried = at + 1 // a delimiter may begin inside another
	}
}

func (s *StreamReader) fill() {
	const step = 32 << 10
	if cap(s.buf)-len(s.buf) < step {
		s.buf = append(make([]byte, 0, 2*len(s.buf)+step), s.buf...)
	}
	n, err := s.from.Read(s.buf[len(s.buf) : len(s.buf)+step])
	s.buf, s.err = s.buf[:len(s.buf)+n], err
}
