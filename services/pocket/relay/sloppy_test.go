package relay

import (
	"encoding/binary"
	"testing"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// field is one field on the wire: a length-delimited one has bytes, a varint a number.
type field struct {
	tag    uint64
	bytes  []byte
	number uint64
}

// sloppy is an encoder that may do anything a decoder takes, and then some.
type sloppy struct {
	rt     *rapid.T
	faults int // still to be made
}

// fault draws whether the next chance for a fault is taken.
func (s *sloppy) fault(what string) bool {
	if s.faults == 0 || rapid.IntRange(0, 4).Draw(s.rt, what) != 0 {
		return false
	}
	s.faults--
	return true
}

// varint appends v, perhaps longer than need be or with bits that are lost.
func (s *sloppy) varint(b []byte, v uint64) []byte {
	b = binary.AppendUvarint(b, v)
	if !s.fault("long varint") {
		return b
	}
	b[len(b)-1] |= 0x80
	for range rapid.IntRange(0, 9).Draw(s.rt, "padding") {
		b = append(b, 0x80)
	}
	return append(b, rapid.SampledFrom([]byte{0, 0, 0, 2, 0x7e}).Draw(s.rt, "last"))
}

// message appends the fields, perhaps in another order, more than once, or with others between.
func (s *sloppy) message(b []byte, fields ...field) []byte {
	if s.fault("order") {
		fields = rapid.Permutation(fields).Draw(s.rt, "order of fields")
	}
	for _, f := range fields {
		empty := len(f.bytes) == 0 && f.number == 0
		if empty && f.bytes == nil && !s.fault("write an empty field") {
			continue
		}
		b = s.field(b, f)
		if s.fault("again") {
			b = s.field(b, f)
		}
		if s.fault("unknown") {
			b = append(b, rapid.SampledFrom(unknowns).Draw(s.rt, "unknown field")...)
		}
	}
	return b
}

// unknowns are fields that no message has, and groups, one of them not closed.
var unknowns = []string{"\x38\x01", "\x3a\x01x", "\x3a\x00", "\xfa\x01\x01x", "\x3b\x3c", "\x3b\x08\x01\x3c", "\x3b", "\x3d1234", "\x3912345678"}

func (s *sloppy) field(b []byte, f field) []byte {
	b = s.varint(b, f.tag)
	if f.tag&7 == 0 {
		return s.varint(b, f.number)
	}
	b = s.varint(b, uint64(len(f.bytes)))
	return append(b, f.bytes...)
}

// present keeps an embedded message from being left out when it is empty.
func present(b []byte) []byte { return append([]byte{}, b...) }

func (s *sloppy) request(req *servicetypes.RelayRequest) []byte {
	var header []byte
	if h := req.Meta.SessionHeader; h != nil {
		header = present(s.header(h))
	}
	meta := s.message(nil,
		field{tag: tagFirst, bytes: header},
		field{tag: tagSecond, bytes: nilIfEmpty(req.Meta.Signature)},
		field{tag: tagThird, bytes: nilIfEmpty([]byte(req.Meta.SupplierOperatorAddress))})
	return s.message(nil, field{tag: tagFirst, bytes: present(meta)}, field{tag: tagSecond, bytes: nilIfEmpty(req.Payload)})
}

func (s *sloppy) header(h *sessiontypes.SessionHeader) []byte {
	return s.message(nil,
		field{tag: tagFirst, bytes: nilIfEmpty([]byte(h.ApplicationAddress))},
		field{tag: tagSecond, bytes: nilIfEmpty([]byte(h.ServiceId))},
		field{tag: tagThird, bytes: nilIfEmpty([]byte(h.SessionId))},
		field{tag: tagFourth, number: uint64(h.SessionStartBlockHeight)},
		field{tag: tagFifth, number: uint64(h.SessionEndBlockHeight)})
}

func nilIfEmpty(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

// TestSloppyWithoutFaults: the encoder of these tests is the official one until it makes faults.
func TestSloppyWithoutFaults(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		req := drawRequest(rt)
		want, err := req.Marshal()
		require.NoError(rt, err)
		require.Equal(rt, want, (&sloppy{rt: rt}).request(req))
	})
}
