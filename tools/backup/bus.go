package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/lodeworks/lode/services/kit/bus"
)

const (
	chunk     = 128 << 10        // bytes of a snapshot in one message
	silence   = 30 * time.Second // without a chunk for so long a snapshot has failed
	finishing = time.Hour        // a server may take long to check what it was sent
)

// about is what a server says of a stream with its snapshot, and wants back to restore it.
type about struct {
	Config json.RawMessage `json:"config"`
	State  json.RawMessage `json:"state"`
}

// answer is the part of each of the API's answers that is needed here.
type answer struct {
	about
	Deliver string `json:"deliver_subject"`
	Error   *struct {
		Description string `json:"description"`
	} `json:"error"`
}

// Bus copies all declared streams and buckets into dir, in order. said is told of each.
func Bus(ctx context.Context, b *bus.Bus, dir string, said func(stream string, bytes int64)) error {
	topology, err := bus.Declared()
	if err != nil {
		return err
	}
	for _, stream := range order(topology) {
		n, err := snapshot(ctx, b.NC, stream, dir)
		if err != nil {
			return fmt.Errorf("back up stream %s: %w", stream, err)
		}
		said(stream, n)
	}
	return nil
}

// RestoreBus makes all streams and buckets from dir. None of them may be there.
func RestoreBus(ctx context.Context, b *bus.Bus, dir string, said func(stream string)) error {
	topology, err := bus.Declared()
	if err != nil {
		return err
	}
	for _, stream := range order(topology) {
		if err := restore(ctx, b.NC, stream, dir); err != nil {
			return fmt.Errorf("restore stream %s: %w", stream, err)
		}
		said(stream)
	}
	return nil
}

func files(dir, stream string) (data, meta string) {
	return filepath.Join(dir, "bus", stream+".snapshot"), filepath.Join(dir, "bus", stream+".json")
}

// snapshot writes a stream's snapshot, and what the server said of it when all of it was there.
func snapshot(ctx context.Context, nc *nats.Conn, stream, dir string) (n int64, err error) {
	data, meta := files(dir, stream)
	if err := os.MkdirAll(filepath.Dir(data), 0o700); err != nil {
		return 0, err
	}
	out, err := os.OpenFile(data, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	inbox := nc.NewRespInbox()
	chunks, err := nc.SubscribeSync(inbox)
	if err != nil {
		return 0, err
	}
	defer func() { _ = chunks.Unsubscribe() }()
	if err := chunks.SetPendingLimits(-1, -1); err != nil {
		return 0, err
	}
	got, err := ask(ctx, nc, "$JS.API.STREAM.SNAPSHOT."+stream, map[string]any{"deliver_subject": inbox, "chunk_size": chunk})
	if err != nil {
		return 0, err
	}
	if n, err = receive(ctx, chunks, out); err != nil {
		return n, err
	}
	said, err := json.MarshalIndent(got.about, "", "  ")
	if err != nil {
		return n, err
	}
	return n, os.WriteFile(meta, said, 0o600)
}

// receive writes chunks until the empty one. Each is acknowledged: the server goes by that.
func receive(ctx context.Context, chunks *nats.Subscription, out io.Writer) (n int64, err error) {
	for {
		wait, cancel := context.WithTimeout(ctx, silence)
		m, err := chunks.NextMsgWithContext(wait)
		cancel()
		if err != nil {
			return n, fmt.Errorf("wait for the snapshot: %w", err)
		}
		if len(m.Data) == 0 {
			if status := m.Header.Get("Status"); status != "" && status != "204" {
				return n, fmt.Errorf("snapshot ended: %s %s", status, m.Header.Get("Description"))
			}
			return n, nil
		}
		if m.Reply != "" {
			if err := m.Respond(nil); err != nil {
				return n, err
			}
		}
		wrote, err := out.Write(m.Data)
		n += int64(wrote)
		if err != nil {
			return n, err
		}
	}
}

// restore sends a snapshot to the server.
func restore(ctx context.Context, nc *nats.Conn, stream, dir string) (err error) {
	data, meta := files(dir, stream)
	said, err := os.ReadFile(meta)
	if err != nil {
		return err
	}
	in, err := os.Open(data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	got, err := ask(ctx, nc, "$JS.API.STREAM.RESTORE."+stream, json.RawMessage(said))
	if err != nil {
		return err
	}
	part := make([]byte, chunk)
	for {
		n, err := io.ReadFull(in, part)
		if n > 0 {
			if _, err := ask(ctx, nc, got.Deliver, part[:n]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	long, cancel := context.WithTimeout(ctx, finishing)
	defer cancel()
	_, err = ask(long, nc, got.Deliver, []byte(nil))
	return err
}

// ask sends a request, of bytes or of what is to be JSON, and reads its answer.
func ask(ctx context.Context, nc *nats.Conn, subject string, request any) (got answer, err error) {
	body, ok := request.([]byte)
	if !ok {
		if body, err = json.Marshal(request); err != nil {
			return got, err
		}
	}
	if _, bounded := ctx.Deadline(); !bounded {
		short, cancel := context.WithTimeout(ctx, silence)
		defer cancel()
		ctx = short
	}
	m, err := nc.RequestWithContext(ctx, subject, body)
	if err != nil {
		return got, err
	}
	if len(m.Data) > 0 {
		if err := json.Unmarshal(m.Data, &got); err != nil {
			return got, fmt.Errorf("read the bus's answer: %w", err)
		}
	}
	if got.Error != nil {
		return got, errors.New(got.Error.Description)
	}
	return got, nil
}
