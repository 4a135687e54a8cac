package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/proto"
)

// askAgain is how long Ask waits for a reply until it sends its request again; each time half as long again.
const askAgain = time.Second

// Ask sends a request and decodes the first reply to it; ctx bounds the wait. A request that nobody replies to is sent
// again: the bus may have handed it to a replica that is cut off and not yet missed. So it must not change anything.
func (b *Bus) Ask(ctx context.Context, subject string, request, reply proto.Message) error {
	raw, err := proto.Marshal(request)
	if err != nil {
		return fmt.Errorf("encode request to %s: %w", subject, err)
	}
	msg, err := b.ask(ctx, subject, raw)
	if err != nil {
		return fmt.Errorf("ask %s: %w", subject, err)
	}
	if err := proto.Unmarshal(msg.Data, reply); err != nil {
		return fmt.Errorf("decode reply of %s: %w", subject, err)
	}
	return nil
}

func (b *Bus) ask(ctx context.Context, subject string, raw []byte) (*nats.Msg, error) {
	inbox := b.NC.NewInbox()
	replies, err := b.NC.SubscribeSync(inbox)
	if err != nil {
		return nil, err
	}
	defer func() { _ = replies.Unsubscribe() }() // the connection may be gone
	for wait := askAgain; ; wait += wait / 2 {
		if err := b.NC.PublishRequest(subject, inbox, raw); err != nil {
			return nil, err
		}
		patience, cancel := context.WithTimeout(ctx, wait)
		msg, err := replies.NextMsgWithContext(patience)
		cancel()
		switch {
		case err == nil && len(msg.Data) == 0 && msg.Header.Get("Status") == "503":
			return nil, nats.ErrNoResponders
		case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		default:
			return msg, err
		}
	}
}

// Answer serves requests on subject until ctx ends. Replicas share them: each request reaches one of those that
// answer. answer gets the request's bytes and returns the reply.
func (b *Bus) Answer(ctx context.Context, subject string, answer func(context.Context, []byte) proto.Message) error {
	sub, err := b.NC.QueueSubscribe(subject, b.service, func(m *nats.Msg) {
		raw, err := proto.Marshal(answer(ctx, m.Data))
		if err == nil {
			err = m.Respond(raw)
		}
		if err != nil {
			b.log.Warn("reply not sent", "subject", subject, "err", err)
		}
	})
	if err != nil {
		return fmt.Errorf("answer %s: %w", subject, err)
	}
	<-ctx.Done()
	_ = sub.Unsubscribe()
	return ctx.Err()
}
