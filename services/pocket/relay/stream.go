package relay

import (
	"errors"
	"fmt"
	"io"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	"google.golang.org/protobuf/encoding/protowire"
)

// StreamDelimiter follows each signed batch of a stream (relay.md §10).
const StreamDelimiter = "||POKT_STREAM||"

// ErrTruncated is a stream that ends inside a batch.
var ErrTruncated = errors.New("the stream ends inside a batch")

// StreamReader reads the signed batches of a stream. It is for one goroutine.
//
// The delimiter can occur inside a batch, too. All content of a response is in fields that tell their length, and no
// field begins as the delimiter does: the batch ends where the delimiter stands in place of a field. So each byte is
// looked at once, whatever the bytes are.
type StreamReader struct {
	from  io.Reader
	limit int
	buf   []byte // read, and not in a batch yet
	whole int    // buf[:whole] is whole fields
	err   error
}

// NewStreamReader reads batches of at most limit bytes each.
func NewStreamReader(from io.Reader, limit int) *StreamReader {
	return &StreamReader{from: from, limit: limit}
}

// Next returns the next batch as soon as it is complete. At the end of the stream it is io.EOF, or ErrTruncated
// behind half a batch; other errors are the reader's, or match [ErrDecode] or [ErrLimit]. Signatures are for the caller to
// verify.
func (s *StreamReader) Next() (*servicetypes.RelayResponse, error) {
	for {
		complete, err := s.scan()
		switch {
		case err != nil:
			return nil, err
		case complete:
			batch := s.buf[:s.whole]
			s.buf, s.whole = s.buf[s.whole+len(StreamDelimiter):], 0
			return DecodeResponse(batch)
		case errors.Is(s.err, io.EOF) && len(s.buf) > 0:
			return nil, ErrTruncated
		case s.err != nil:
			return nil, s.err
		}
		s.fill()
	}
}

// scan goes on to the delimiter, if that is here already.
func (s *StreamReader) scan() (complete bool, err error) {
	for {
		rest := s.buf[s.whole:]
		if n := min(len(rest), len(StreamDelimiter)); string(rest[:n]) == StreamDelimiter[:n] {
			return n == len(StreamDelimiter), nil
		}
		size, err := fieldEnd(rest)
		switch {
		case err != nil:
			return false, err
		case size > uint64(s.limit-s.whole):
			return false, fmt.Errorf("%w: a batch of more than %d bytes", ErrLimit, s.limit)
		case size == 0 || size > uint64(len(rest)):
			return false, nil
		}
		s.whole += int(size)
	}
}

// maxContent is more than any field may have, in bytes.
const maxContent = 1 << 31

// fieldEnd is where the field ends that b begins with, here or not yet; 0: too little of it is here to tell.
func fieldEnd(b []byte) (uint64, error) {
	number, kind, n := protowire.ConsumeTag(b)
	if n < 0 {
		return unread(n)
	}
	size := uint64(n)
	switch kind {
	case protowire.Fixed32Type:
		return size + 4, nil
	case protowire.Fixed64Type:
		return size + 8, nil
	case protowire.VarintType, protowire.BytesType:
		value, n := protowire.ConsumeVarint(b[size:])
		if n < 0 {
			return unread(n)
		}
		if kind == protowire.BytesType {
			size += min(value, maxContent)
		}
		return size + uint64(n), nil
	}
	return 0, fmt.Errorf("relay response: %w: field %d of type %d", ErrDecode, number, kind)
}

// unread is a number that is not all here, or none.
func unread(code int) (uint64, error) {
	if err := protowire.ParseError(code); !errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, fmt.Errorf("relay response: %w: %w", ErrDecode, err)
	}
	return 0, nil
}

// Bytes of room that a read has, and of a new buffer.
const (
	readRoom  = 4 << 10
	newBuffer = 32 << 10
)

func (s *StreamReader) fill() {
	if cap(s.buf)-len(s.buf) < readRoom {
		s.buf = append(make([]byte, 0, 2*len(s.buf)+newBuffer), s.buf...)
	}
	n, err := s.from.Read(s.buf[len(s.buf):cap(s.buf)])
	s.buf, s.err = s.buf[:len(s.buf)+n], err
}
