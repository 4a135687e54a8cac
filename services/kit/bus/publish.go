package bus

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"
)

// HeaderType carries the full protobuf name of a message's body.
const HeaderType = "Lode-Type"

// ErrConflict is returned when a compare-and-set publish found another message than it expected.
var ErrConflict = errors.New("another writer was first")

// Message is what a service says.
type Message struct {
	Subject string
	ID      string // derived from the content: a second publish of the same message is one message
	Body    proto.Message
	Header  map[string]string // beside what this package sets; may be nil
	// After, when not nil, is the sequence that must be the last of the subject (0: none yet), else ErrConflict.
	After *uint64
}

// JetStream's error codes for a failed expectation.
const (
	codeWrongLastSequence jetstream.ErrorCode = 10071
	codeWrongLastConstant jetstream.ErrorCode = 10164 // the same, while another message is under way
	codeWrongLastID       jetstream.ErrorCode = 10070
)

// IsConflict tells that a bucket's entry was not at the revision that a writer expected, or was there already.
func IsConflict(err error) bool {
	var api *jetstream.APIError
	return errors.Is(err, jetstream.ErrKeyExists) || errors.As(err, &api) && api.ErrorCode == codeWrongLastSequence
}

// Content is a message that is named by what is in it, encoded once however often it is published.
type Content struct {
	Subject string
	ID      string // hex digits of the first half of the data's SHA-256
	Type    string // full protobuf name of what is encoded
	Data    []byte

	header map[string]string
}

// NewContent encodes body, the same way for equal bodies.
func NewContent(subject string, body proto.Message) (Content, error) {
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(body)
	if err != nil {
		return Content{}, fmt.Errorf("encode %s: %w", subject, err)
	}
	sum := sha256.Sum256(raw)
	return Content{Subject: subject, ID: hex.EncodeToString(sum[:len(sum)/2]), Type: typeOf(body), Data: raw}, nil
}

// typeOf is what HeaderType says of a body.
func typeOf(body proto.Message) string { return string(body.ProtoReflect().Descriptor().FullName()) }

// Encode encodes the message, to be published as often as needed.
func (m Message) Encode() (Content, error) {
	raw, err := proto.Marshal(m.Body)
	if err != nil {
		return Content{}, fmt.Errorf("encode %s: %w", m.Subject, err)
	}
	return Content{Subject: m.Subject, ID: m.ID, Type: typeOf(m.Body), Data: raw, header: m.Header}, nil
}

// Publish returns when the stream has stored the message, with its sequence. duplicate tells that the id was
// already there.
func (b *Bus) Publish(ctx context.Context, m Message) (sequence uint64, duplicate bool, err error) {
	c, err := m.Encode()
	if err != nil {
		return 0, false, err
	}
	if m.After != nil {
		return b.publish(ctx, c, jetstream.WithExpectLastSequencePerSubject(*m.After))
	}
	return b.publish(ctx, c)
}

// PublishContent is Publish of bytes: what was published before under its id is a duplicate.
func (b *Bus) PublishContent(ctx context.Context, c Content) (sequence uint64, duplicate bool, err error) {
	return b.publish(ctx, c)
}

func (b *Bus) publish(ctx context.Context, c Content, opts ...jetstream.PublishOpt) (sequence uint64, duplicate bool, err error) {
	ack, err := b.JS.PublishMsg(ctx, c.message(), opts...)
	if err != nil {
		return 0, false, publishError(c.Subject, err)
	}
	return ack.Sequence, ack.Duplicate, nil
}

// message is what goes to the server.
func (c Content) message() *nats.Msg {
	msg := &nats.Msg{Subject: c.Subject, Data: c.Data, Header: nats.Header{}}
	msg.Header.Set(HeaderType, c.Type)
	for key, value := range c.header {
		msg.Header.Set(key, value)
	}
	if c.ID != "" {
		msg.Header.Set(jetstream.MsgIDHeader, c.ID)
	}
	return msg
}

// publishError is ErrConflict when another message was there than expected.
func publishError(subject string, err error) error {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		switch api.ErrorCode {
		case codeWrongLastSequence, codeWrongLastConstant, codeWrongLastID:
			err = ErrConflict
		}
	}
	return fmt.Errorf("publish %s: %w", subject, err)
}

// Last decodes the newest message of a subject into body. found is false when there is none.
func (b *Bus) Last(ctx context.Context, stream, subject string, body proto.Message) (sequence uint64, found bool, err error) {
	m, found, err := b.LastOf(ctx, stream, subject)
	if err != nil || !found {
		return 0, false, err
	}
	if err := proto.Unmarshal(m.Data, body); err != nil {
		return 0, false, fmt.Errorf("decode last of %s: %w", subject, err)
	}
	return m.Sequence, true, nil
}

// LastOf is the newest message of a subject, which may have wildcards; found is false when there is none.
func (b *Bus) LastOf(ctx context.Context, stream, subject string) (m Msg, found bool, err error) {
	s, err := b.JS.Stream(ctx, stream)
	if err != nil {
		return Msg{}, false, fmt.Errorf("open stream %s: %w", stream, err)
	}
	raw, err := s.GetLastMsgForSubject(ctx, subject)
	return lookedUp(raw, err, subject)
}

// First is the oldest message of a subject at or behind a sequence; found is false when there is none.
func (b *Bus) First(ctx context.Context, stream, subject string, from uint64) (m Msg, found bool, err error) {
	s, err := b.JS.Stream(ctx, stream)
	if err != nil {
		return Msg{}, false, fmt.Errorf("open stream %s: %w", stream, err)
	}
	raw, err := s.GetMsg(ctx, max(from, 1), jetstream.WithGetMsgSubject(subject))
	return lookedUp(raw, err, subject)
}

// lookedUp is a stored message as a handler would see it.
func lookedUp(raw *jetstream.RawStreamMsg, err error, subject string) (m Msg, found bool, _ error) {
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return Msg{}, false, nil
	}
	if err != nil {
		return Msg{}, false, fmt.Errorf("read %s: %w", subject, err)
	}
	return Msg{Subject: raw.Subject, Data: raw.Data, Sequence: raw.Sequence, Stored: raw.Time, Header: raw.Header}, true, nil
}

// At decodes the message at a sequence of a stream into body.
func (b *Bus) At(ctx context.Context, stream string, sequence uint64, body proto.Message) error {
	s, err := b.JS.Stream(ctx, stream)
	if err != nil {
		return fmt.Errorf("open stream %s: %w", stream, err)
	}
	raw, err := s.GetMsg(ctx, sequence)
	if err != nil {
		return fmt.Errorf("read %s at %d: %w", stream, sequence, err)
	}
	return proto.Unmarshal(raw.Data, body)
}
