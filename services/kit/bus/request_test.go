package bus_test

import (
	"context"
	"testing"
	"time"

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
