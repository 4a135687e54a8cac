package spool

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/lodeworks/lode/services/kit/bus"
)

const suffix = ".spool"

// segment is one file. Its fields are guarded by Spool.mu, file belongs to the writer while there is one.
type segment struct {
	path string
	base int64    // position of its first byte in the spool
	size int64    // bytes that may be read
	read int64    // of them: bytes that are on the bus
	file *os.File // nil when nothing is written to it any more
}

// end is the position behind its last byte.
func (g *segment) end() int64 { return g.base + g.size }

// found lists the segments that a former process left in a folder, oldest first, and the number for the next one.
func found(dir string) (segments []*segment, next uint64, err error) {
	entries, err := os.ReadDir(dir) // sorted by name
	if err != nil {
		return nil, 0, fmt.Errorf("read the spool's folder: %w", err)
	}
	next = 1
	for _, e := range entries {
		name, ours := strings.CutSuffix(e.Name(), suffix)
		number, err := strconv.ParseUint(name, 16, 64)
		if !ours || err != nil || !e.Type().IsRegular() {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, 0, fmt.Errorf("read the spool's folder: %w", err)
		}
		g := &segment{path: filepath.Join(dir, e.Name()), size: info.Size()}
		if n := len(segments); n > 0 {
			g.base = segments[n-1].end()
		}
		segments = append(segments, g)
		next = number + 1
	}
	return segments, next, nil
}

// create makes the file of a new segment. With durable it is there after a power cut, too.
func create(dir string, number uint64, durable bool) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, fmt.Sprintf("%016x%s", number, suffix)), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = f.WriteString(magic)
	if err == nil && durable {
		err = syncFolder(dir)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	return f, nil
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Bounds of one batch, which is read and brought to the bus at once.
const (
	maxBatch      = 4096
	maxBatchBytes = 16 << 20
)

// load reads the next messages of a file between two offsets, and how far it came. Without any it returns io.EOF at
// the end, errTorn, errDamaged, or an error of the disk.
func load(path string, from, to int64) (batch []bus.Content, reached int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, from, err
	}
	defer f.Close()
	r := bufio.NewReaderSize(io.NewSectionReader(f, from, to-from), 256<<10)
	if from == 0 {
		if err := readMagic(r, to); err != nil {
			return nil, 0, err
		}
		from = int64(len(magic))
	}
	return readBatch(r, from, to)
}

// readMagic takes the magic off r, which has size bytes.
func readMagic(r io.Reader, size int64) error {
	b := make([]byte, min(size, int64(len(magic))))
	if _, err := io.ReadFull(r, b); err != nil {
		return fmt.Errorf("read the beginning: %w", err)
	}
	switch {
	case string(b) == magic:
		return nil
	case strings.HasPrefix(magic, string(b)), len(bytes.Trim(b, "\x00")) == 0:
		return errTorn
	default:
		return fmt.Errorf("%w: it begins with %x", errDamaged, b)
	}
}

func readBatch(r io.Reader, from, to int64) (batch []bus.Content, reached int64, err error) {
	for start := from; len(batch) < maxBatch && from-start < maxBatchBytes; {
		var payload []byte
		var c bus.Content
		if payload, err = readFrame(r, to-from); err == nil {
			if c, err = decode(payload); err != nil {
				err = fmt.Errorf("%w: %w", errDamaged, err)
			}
		}
		if err != nil {
			break
		}
		from += headerSize + int64(len(payload))
		batch = append(batch, c)
	}
	if len(batch) > 0 {
		return batch, from, nil // the error shows again
	}
	return nil, from, err
}
