package bus_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/kit/bus"
)

const (
	patience = 20 * time.Second
	often    = 5 * time.Millisecond
)

// say publishes block heights, each once.
func say(t *testing.T, b *bus.Bus, heights ...int64) {
	t.Helper()
	for _, h := range heights {
		m := bus.Message{Subject: bus.BlockCommittedSubject, ID: "block/" + strconv.FormatInt(h, 10), Body: &chainv1.Block{Height: h}}
		_, _, err := b.Publish(t.Context(), m)
		require.NoError(t, err)
	}
}

// heightOf decodes what say said.
func heightOf(t *testing.T, m bus.Msg) int64 {
	t.Helper()
	block := new(chainv1.Block)
	require.NoError(t, proto.Unmarshal(m.Data, block))
	return block.Height
}

// background runs f until the returned function is called, or the test ends; that function returns f's error.
func background(t *testing.T, f func(context.Context) error) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- f(ctx) }()
	stop = func() error {
		cancel()
		select {
		case err := <-ended:
			ended <- err
			return err
		case <-time.After(patience):
			t.Error("did not stop")
			return nil
		}
	}
	t.Cleanup(func() { _ = stop() })
	return stop
}

// next takes one value from c.
func next[V any](t *testing.T, c <-chan V) V {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		require.FailNow(t, "nothing came")
		panic("unreachable")
	}
}
