package spool

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lodeworks/lode/services/kit/bus"
)

// image is a segment's bytes, and where each of its messages ends.
func image(t require.TestingT, messages []bus.Content) (file []byte, ends []int) {
	file = []byte(magic)
	for _, c := range messages {
		payload, err := encode(c)
		require.NoError(t, err)
		file = appendFrame(file, payload)
		ends = append(ends, len(file))
	}
	return file, ends
}

// readAll reads a segment in as many batches as it takes, and says what its end is.
func readAll(t require.TestingT, path string) (messages []bus.Content, why error) {
	info, err := os.Stat(path)
	require.NoError(t, err)
	for from := int64(0); ; {
		batch, reached, err := load(path, from, info.Size())
		if err != nil {
			require.Empty(t, batch)
			return messages, err
		}
		require.Greater(t, reached, from)
		require.LessOrEqual(t, reached, info.Size())
		messages, from = append(messages, batch...), reached
	}
}

var contents = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) bus.Content {
	return bus.Content{
		Subject: rapid.StringN(0, 20, 40).Draw(t, "subject"), ID: rapid.StringN(0, 20, 40).Draw(t, "id"),
		Type: rapid.StringN(0, 20, 40).Draw(t, "type"), Data: append([]byte{}, rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "data")...),
	}
}), 0, 8)

// TestCutAnywhere: of a file that ends anywhere, exactly the messages that are whole are read, and the end is clean
// only between two of them. Zeros behind it change nothing.
func TestCutAnywhere(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		messages := contents.Draw(t, "messages")
		file, ends := image(t, messages)
		cut := rapid.IntRange(0, len(file)).Draw(t, "cut")
		pad := rapid.SampledFrom([]int{0, 1, headerSize, 70_000}).Draw(t, "zeros")
		path := filepath.Join(dir, "cut")
		require.NoError(t, os.WriteFile(path, append(bytes.Clone(file[:cut]), make([]byte, pad)...), 0o600))

		whole, clean := 0, cut == len(magic)
		for _, end := range ends {
			if end <= cut {
				whole, clean = whole+1, end == cut
			}
		}
		got, why := readAll(t, path)
		require.GreaterOrEqual(t, len(got), whole)
		require.Equal(t, messages[:whole:whole], append([]bus.Content{}, got[:whole]...))
		switch {
		case pad == 0 && clean:
			require.ErrorIs(t, why, io.EOF)
		case pad == 0, clean, cut < len(magic):
			require.Len(t, got, whole)
			require.True(t, errors.Is(why, errTorn) || cut < len(magic) && errors.Is(why, errDamaged), "%v", why)
		default: // a message that was cut and filled with zeros: its checksum says so, unless it ended in zeros
			require.True(t, errors.Is(why, errTorn) || errors.Is(why, errDamaged), "%v", why)
		}
	})
}

// TestOneByteWrong: whatever single byte is changed, what is read before it is right, and nothing false is read.
func TestOneByteWrong(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		messages := contents.Draw(t, "messages")
		file, ends := image(t, messages)
		at := rapid.IntRange(0, len(file)-1).Draw(t, "at")
		file[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		path := filepath.Join(dir, "flipped")
		require.NoError(t, os.WriteFile(path, file, 0o600))
		before := 0
		for _, end := range ends {
			if end <= at {
				before++
			}
		}
		got, why := readAll(t, path)
		require.Equal(t, messages[:before:before], append([]bus.Content{}, got...))
		require.ErrorIs(t, why, errDamaged)
	})
}

// TestNotOurs: what encode cannot have written is refused.
func TestNotOurs(t *testing.T) {
	for _, payload := range []string{"", "\x05abc", "\x00\x00", "\x81\x00a\x00\x00", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "\x81\x20" + string(make([]byte, 4097)) + "\x00\x00"} {
		_, err := decode([]byte(payload))
		require.ErrorIs(t, err, errRecord, "%q", payload)
	}
	_, err := encode(bus.Content{Subject: string(make([]byte, maxName+1))})
	require.ErrorIs(t, err, errRecord)
	path := filepath.Join(t.TempDir(), "f")
	require.NoError(t, os.WriteFile(path, appendFrame([]byte(magic), []byte("\x05abc")), 0o600))
	_, why := readAll(t, path)
	require.ErrorIs(t, why, errDamaged)
	require.ErrorIs(t, why, errRecord)
}

// FuzzLoad: no file makes the reader fail in another way, take memory beyond the file, or return what a file of ours
// would not hold at that place.
func FuzzLoad(f *testing.F) {
	file, ends := image(f, []bus.Content{{Subject: "s", ID: "i", Type: "t", Data: []byte("data")}, {Subject: "s"}, {Data: make([]byte, 100)}})
	for n := range file {
		f.Add(file[:n])
	}
	f.Add(file)
	f.Add(append(bytes.Clone(file), make([]byte, 20)...))
	f.Add(append(bytes.Clone(file[:ends[0]]), file[ends[1]:]...))
	path := filepath.Join(f.TempDir(), "f")
	f.Fuzz(func(t *testing.T, file []byte) {
		require.NoError(t, os.WriteFile(path, file, 0o600))
		got, why := readAll(t, path)
		require.True(t, errors.Is(why, io.EOF) || errors.Is(why, errTorn) || errors.Is(why, errDamaged), "%v", why)
		if again, _ := image(t, got); len(got) > 0 {
			require.Equal(t, again, file[:len(again)])
		}
		if errors.Is(why, io.EOF) && len(got) == 0 {
			require.Equal(t, magic, string(file))
		}
	})
}
