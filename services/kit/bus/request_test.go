package bus_test

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/bus/bustest"
)

func TestAskAnswer(t *testing.T) {
	url := bustest.Server(t)
	asker := bustest.Dial(t, url, "submitter")
	ask := func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		return asker.Ask(ctx, bus.SessionProveSubject, &sessionv1.ProveRequest{}, new(sessionv1.ProveReply))
	}
	require.ErrorContains(t, ask(), "ask lode.session.prove")

	answered := make(chan string, 10)
	serve := func(name string) func() error {
		b := bustest.Dial(t, url, "hasher")
		stop := background(t, func(ctx context.Context) error {
			return b.Answer(ctx, bus.SessionProveSubject, func(context.Context, []byte) proto.Message {
				answered <- name
				return &sessionv1.ProveReply{}
			})
		})
		require.Eventually(t, func() bool { return b.NC.NumSubscriptions() > 1 && b.NC.Flush() == nil }, patience, often)
		return stop
	}
	stopOne := serve("one")
	stopTwo := serve("two")
	for range 5 {
		require.NoError(t, ask())
		next(t, answered)
		require.Empty(t, answered, "one replica answers")
	}
	require.ErrorIs(t, stopOne(), context.Canceled)
	require.ErrorIs(t, stopTwo(), context.Canceled)
	require.Error(t, ask())
}

// TestAskAgain: a replica that is cut off still gets its share of the requests, and answers none; another one gets them
// then.
func TestAskAgain(t *testing.T) {
	url := bustest.Server(t)
	asker, mute, well := bustest.Dial(t, url, "submitter"), bustest.Dial(t, url, "hasher"), bustest.Dial(t, url, "hasher")
	unanswered := make(chan struct{}, 100)
	sub, err := mute.NC.QueueSubscribe(bus.SessionProveSubject, "hasher", func(*nats.Msg) { unanswered <- struct{}{} })
	require.NoError(t, err)
	require.NoError(t, sub.AutoUnsubscribe(3)) // it is missed after a while
	require.NoError(t, mute.NC.Flush())
	background(t, func(ctx context.Context) error {
		return well.Answer(ctx, bus.SessionProveSubject, func(context.Context, []byte) proto.Message {
			return &sessionv1.ProveReply{Proof: []byte("p")}
		})
	})
	require.Eventually(t, func() bool { return well.NC.NumSubscriptions() > 1 && well.NC.Flush() == nil }, patience, often)
	for len(unanswered) == 0 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		reply := new(sessionv1.ProveReply)
		require.NoError(t, asker.Ask(ctx, bus.SessionProveSubject, &sessionv1.ProveRequest{}, reply))
		require.Equal(t, "p", string(reply.Proof))
		cancel()
	}
}
