package relay_test

import (
	"bytes"
	"errors"
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

	// A field of that length would fill the memory; it is refused before it is here.
	_, err = relay.NewStreamReader(strings.NewReader("\x12\xff\xff\xff\xff\x0f"), 1<<20).Next()
	require.ErrorIs(t, err, relay.ErrLimit)
	for _, garbage := range []string{"garbage", "|garbage", "\x0b", "\x00"} {
		_, err = relay.NewStreamReader(strings.NewReader(garbage), 1<<20).Next()
		require.ErrorIs(t, err, relay.ErrDecode, "%q", garbage)
	}

	broken := iotest.TimeoutReader(iotest.OneByteReader(bytes.NewReader(all)))
	_, err = relay.NewStreamReader(broken, 1<<20).Next()
	require.ErrorIs(t, err, iotest.ErrTimeout)
}

// cutBySearch is a slow twin: a batch ends at the first delimiter before which a response decodes.
func cutBySearch(all []byte) (payloads [][]byte, whole bool) {
	delimiter := []byte(relay.StreamDelimiter)
	for from := 0; from <= len(all); {
		i := bytes.Index(all[from:], delimiter)
		if i < 0 {
			break
		}
		res, err := relay.DecodeResponse(all[:from+i])
		if err != nil {
			from += i + 1 // a delimiter may begin inside another
			continue
		}
		payloads = append(payloads, res.Payload)
		all, from = all[from+i+len(delimiter):], 0
	}
	return payloads, len(all) == 0
}

// FuzzStreamReader: no bytes make a panic, an endless loop, or a batch that does not encode. What is read is what the
// slow twin finds, up to where the reader refuses to go on.
func FuzzStreamReader(f *testing.F) {
	f.Add(batches(f, "one", relay.StreamDelimiter))
	f.Add([]byte(relay.StreamDelimiter + relay.StreamDelimiter))
	f.Add([]byte("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" + relay.StreamDelimiter))
	f.Add([]byte("\x7b\x7c" + relay.StreamDelimiter))
	f.Fuzz(func(t *testing.T, all []byte) {
		want, whole := cutBySearch(all)
		r := relay.NewStreamReader(iotest.HalfReader(bytes.NewReader(all)), len(all))
		for _, payload := range want {
			res, err := r.Next()
			if err != nil {
				require.ErrorIs(t, err, relay.ErrDecode)
				return
			}
			require.Equal(t, payload, res.Payload)
			_, err = res.Marshal()
			require.NoError(t, err)
		}
		_, err := r.Next()
		require.Equal(t, whole, errors.Is(err, io.EOF), err)
	})
}
