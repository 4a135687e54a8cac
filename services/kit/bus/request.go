package bus

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/proto"
)

// Ask sends a request and decodes its reply; ctx bounds the wait.
func (b *Bus) Ask(ctx context.Context, subject string, request, reply proto.Message) error {
	raw, err := proto.Marshal(request)
	if err != nil {
		return fmt.Errorf("encode request to %s: %w", subject, err)
	}
	msg, err := b.NC.RequestWithContext(ctx, subject, raw)
	if err != nil {
		return fmt.Errorf("ask %s: %w", subject, err)
	}
	if err := proto.Unmarshal(msg.Data, reply); err != nil {
		return fmt.Errorf("decode reply of %s: %w", subject, err)
	}
	return nil
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
