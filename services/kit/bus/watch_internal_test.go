package bus

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

// silencing is a bucket whose first watches say no more than they are given to say.
type silencing struct {
	jetstream.KeyValue
	says    []int // of each watch, in entries and the mark behind the first ones; further watches say all
	watches atomic.Int32
}

func (s *silencing) WatchAll(ctx context.Context, opts ...jetstream.WatchOpt) (jetstream.KeyWatcher, error) {
	at := int(s.watches.Add(1)) - 1
	watch, err := s.KeyValue.WatchAll(ctx, opts...)
	if err != nil || at >= len(s.says) {
		return watch, err
	}
	mute := &muteWatcher{KeyWatcher: watch, updates: make(chan jetstream.KeyValueEntry)}
	go func() {
		for range s.says[at] {
			select {
			case <-ctx.Done():
			case mute.updates <- <-watch.Updates():
			}
		}
	}()
	return mute, nil
}

type muteWatcher struct {
	jetstream.KeyWatcher
	updates chan jetstream.KeyValueEntry
}

func (m *muteWatcher) Updates() <-chan jetstream.KeyValueEntry { return m.updates }

func newKV(t *testing.T) jetstream.KeyValue {
	t.Helper()
	s, err := Embedded(t.TempDir(), -1)
	require.NoError(t, err)
	t.Cleanup(s.Shutdown)
	nc, err := nats.Connect(s.ClientURL())
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	kv, err := js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "b", History: 1})
	require.NoError(t, err)
	return kv
}

// A watch that goes silent, while it reads or later, is made anew: everything is heard, and that it was read is said once.
func TestFollowBucketHearsEverything(t *testing.T) {
	for name, says := range map[string][]int{"sound": nil, "mute": {0}, "while it reads": {1, 2}, "later": {4, 5}} {
		t.Run(name, func(t *testing.T) {
			s := &silencing{KeyValue: newKV(t), says: says}
			put := func(key string) {
				_, err := s.PutString(t.Context(), key, key)
				require.NoError(t, err)
			}
			put("a")
			put("b")
			require.NoError(t, s.Delete(t.Context(), "a"))
			var loaded atomic.Int32
			heard, done := make(chan string, 1000), make(chan error, 1)
			go func() {
				done <- followBucket(t.Context(), s, 100*time.Millisecond, func() { loaded.Add(1) }, func(e jetstream.KeyValueEntry) error {
					if e.Key() == "end" {
						return errEnd
					}
					heard <- fmt.Sprintf("%s %v", e.Key(), e.Operation() == jetstream.KeyValuePut)
					return nil
				})
			}()
			await := func(want string) {
				t.Helper()
				for {
					select {
					case got := <-heard:
						if got == want {
							return
						}
					case <-time.After(20 * time.Second):
						require.FailNow(t, "waited in vain for "+want)
					}
				}
			}
			await("a false")
			for i := range 5 {
				put(fmt.Sprintf("c%d", i))
				await(fmt.Sprintf("c%d true", i))
			}
			put("end")
			require.ErrorIs(t, <-done, errEnd)
			require.EqualValues(t, 1, loaded.Load())
			require.EqualValues(t, len(says)+1, s.watches.Load())
		})
	}
}

var errEnd = errors.New("the end was heard")

// A bucket in which nothing happens, or whose newest entries are gone, is no reason to watch anew.
func TestFollowBucketOfNothing(t *testing.T) {
	s := &silencing{KeyValue: newKV(t)}
	for range 3 {
		_, err := s.PutString(t.Context(), "a", "a")
		require.NoError(t, err)
	}
	require.NoError(t, s.PurgeDeletes(t.Context()))
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	err := followBucket(ctx, s, 20*time.Millisecond, func() {}, func(jetstream.KeyValueEntry) error { return nil })
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.EqualValues(t, 1, s.watches.Load())
}
