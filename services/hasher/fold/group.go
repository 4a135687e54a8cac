package fold

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
)

// group is a message of the relay log, as far as a fold needs it: decoding all of a lode.relay.v1.ServedGroup costs as
// much as hashing its relays. Its room is kept from one message to the next.
type group struct {
	terms  [][]byte // each an encoded lode.relay.v1.Terms
	relays []served
}

// served is one relay; its bytes are those of the message.
type served struct {
	terms uint64
	relay []byte
}

var errGroup = errors.New("decode relay group")

// decode reads a lode.relay.v1.ServedGroup: what the protobuf library reads, and to the same effect (group_test.go).
// The bytes are not copied.
func (g *group) decode(raw []byte) error {
	g.terms, g.relays = g.terms[:0], g.relays[:0]
	return fields(raw, func(number protowire.Number, value []byte) error {
		switch number {
		case fieldTerms:
			g.terms = append(g.terms, value)
		case fieldRelays:
			s, err := decodeServed(value)
			if err != nil {
				return err
			}
			g.relays = append(g.relays, s)
			if len(g.relays) > maxGroup {
				return fmt.Errorf("%w: more than %d relays", errGroup, maxGroup)
			}
		}
		return nil
	}, nil)
}

// The numbers of the fields that count, in proto/relay/v1/served.proto.
const (
	fieldTerms  = 2 // of ServedGroup
	fieldRelays = 3
	fieldOfWhom = 1 // of Served
	fieldRelay  = 3
)

func decodeServed(raw []byte) (s served, err error) {
	err = fields(raw, func(number protowire.Number, value []byte) error {
		if number == fieldRelay {
			s.relay = value
		}
		return nil
	}, func(number protowire.Number, value uint64) {
		if number == fieldOfWhom {
			s.terms = uint64(uint32(value)) // as protobuf cuts a uint32
		}
	})
	return s, err
}

// fields hands on each field of a message that is bytes, and each that is a varint where number is wanted.
func fields(raw []byte, bytes func(protowire.Number, []byte) error, varint func(protowire.Number, uint64)) error {
	for len(raw) > 0 {
		number, kind, n := protowire.ConsumeTag(raw)
		if n < 0 {
			return fmt.Errorf("%w: %w", errGroup, protowire.ParseError(n))
		}
		raw = raw[n:]
		switch {
		case kind == protowire.BytesType:
			value, n := protowire.ConsumeBytes(raw)
			if n < 0 {
				return fmt.Errorf("%w: %w", errGroup, protowire.ParseError(n))
			}
			if err := bytes(number, value); err != nil {
				return err
			}
			raw = raw[n:]
		case kind == protowire.VarintType && varint != nil:
			value, n := protowire.ConsumeVarint(raw)
			if n < 0 {
				return fmt.Errorf("%w: %w", errGroup, protowire.ParseError(n))
			}
			varint(number, value)
			raw = raw[n:]
		default:
			n := protowire.ConsumeFieldValue(number, kind, raw)
			if n < 0 {
				return fmt.Errorf("%w: %w", errGroup, protowire.ParseError(n))
			}
			raw = raw[n:]
		}
	}
	return nil
}

// terms decodes and checks terms, of which the same bytes come with every group of a session.
func (p *Partition) terms(raw []byte) (*relayv1.Terms, error) {
	if t := p.known[string(raw)]; t != nil {
		return t, nil
	}
	t := new(relayv1.Terms)
	if err := proto.Unmarshal(raw, t); err != nil {
		return nil, fmt.Errorf("decode terms: %w", err)
	}
	if err := check(t); err != nil {
		return nil, err
	}
	if len(p.known) >= maxKnown {
		clear(p.known)
	}
	p.known[string(raw)] = t
	return t, nil
}

// maxKnown bounds the terms that are kept decoded.
const maxKnown = 4096
