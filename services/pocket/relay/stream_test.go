package relay_test

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lodeworks/lode/services/pocket/relay"
)

// batches encodes one response for each payload, each behind its delimiter.
func batches(t require.TestingT, payloads ...string) []byte {
	var all []byte
	for _, p := range payloads {
		res, err := relay.NewResponse(&sessiontypes.SessionHeader{ApplicationAddress: "app", ServiceId: "svc"}, []byte(p))
		require.NoError(t, err)
		raw, err := res.Marshal()
		require.NoError(t, err)
		all = append(append(all, raw...), relay.StreamDelimiter...)
	}
	return all
}

// TestStreamReader: what was written is read, whatever it holds and however it is cut on its way.
func TestStreamReader(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		piece := rapid.OneOf(rapid.Just(relay.StreamDelimiter), rapid.Just("||POKT_STREAM"), rapid.Just("|"), rapid.StringN(1, 20, -1))
		payload := rapid.Map(rapid.SliceOfN(piece, 1, 6), func(p []string) string { return strings.Join(p, "") })
		want := rapid.SliceOf(payload).Draw(t, "payloads")
		all := batches(t, want...)
		from := rapid.SampledFrom([]func(io.Reader) io.Reader{
			iotest.OneByteReader, iotest.HalfReader, iotest.DataErrReader, func(r io.Reader) io.Reader { return r },
		}).Draw(t, "cut")
		r := relay.NewStreamReader(from(bytes.NewReader(all)), 1<<20)
		for _, p := range want {
			res, err := r.Next()
			require.NoError(t, err)
			require.Equal(t, p, string(res.Payload))
		}
		_, err := r.Next()
		require.ErrorIs(t, err, io.EOF)
	})
}

func TestStreamReaderRefuses(t *testing.T) {
	all := batches(t, "one", "two")
	r := relay.NewStreamReader(bytes.NewReader(all[:len(all)-1]), 1<<20)
	_, err := r.Next()
	require.NoError(t, err)
	_, err = r.Next()
	require.ErrorIs(t, err, relay.ErrTruncated)

	large := batches(t, strings.Repeat("x", 1000))
	_, err = relay.NewStreamReader(bytes.NewReader(large), 999).Next()
	require.ErrorIs(t, err, relay.ErrLimit)
	endless := io.MultiReader(bytes.NewReader(large[:500]), strings.NewReader(strings.Repeat("y", 1<<20)))
	_, err = relay.NewStreamReader(endless, 100_000).Next()
	require.ErrorIs(t, err, relay.ErrLimit)

	broken := iotest.TimeoutReader(iotest.OneByteReader(bytes.NewReader(all)))
	_, err = relay.NewStreamReader(broken, 1<<20).Next()
	require.ErrorIs(t, err, iotest.ErrTimeout)
}

// FuzzStreamReader: no bytes make a panic, an endless loop, or a batch that does not encode.
func FuzzStreamReader(f *testing.F) {
	f.Add(batches(f, "one", relay.StreamDelimiter))
	f.Add([]byte(relay.StreamDelimiter + relay.StreamDelimiter))
	f.Fuzz(func(t *testing.T, all []byte) {
		r := relay.NewStreamReader(bytes.NewReader(all), 1<<16)
		for {
			res, err := r.Next()
			if err != nil {
				return
			}
			_, err = res.Marshal()
			require.NoError(t, err)
		}
	})
}
