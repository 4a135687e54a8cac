package relayer

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/facts/factstest"
	"github.com/lodeworks/lode/services/kit/bus"
)

// forbidden is a bus that must not be used.
type forbidden struct{ t testing.TB }

func (f forbidden) PublishContent(context.Context, bus.Content) (uint64, bool, error) {
	f.t.Error("published")
	return 0, false, errors.New("published")
}

// FuzzServeHTTP: no body makes a panic, is served or is logged, unless the application's ring signed it.
func FuzzServeHTTP(f *testing.F) {
	b := newBench(f)
	b.log.bus = forbidden{f}
	stranger := b.Sign(b.Request(b.Header(5), b.Suppliers[0], factstest.HTTP("{}")), factstest.Key(f, "stranger"))
	altered := b.Chat("{}")
	altered.Meta.SessionHeader.SessionEndBlockHeight++
	f.Add(encoded(f, stranger))
	f.Add(encoded(f, altered))
	f.Add([]byte{})
	f.Add([]byte("\x0a\x00\x12\x00"))
	f.Fuzz(func(t *testing.T, body []byte) {
		w := httptest.NewRecorder()
		b.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", bytes.NewReader(body)))
		require.GreaterOrEqual(t, w.Code, http.StatusBadRequest)
		require.Zero(t, b.calls.Load())
	})
}
