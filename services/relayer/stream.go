package relayer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/facts"
	"github.com/lodeworks/lode/services/relayer/llm"
	"github.com/lodeworks/lode/services/relayer/upstream"
)

const (
	batchTime = 100 * time.Millisecond // that a whole line waits at most
	endTime   = 2 * time.Second        // that what says the stream's end waits for it: its relay is logged before a client acts on it
	writeTime = 30 * time.Second       // that a client may take for a batch
)

// The media types of streams.
const (
	eventStream = "text/event-stream"
	ndjson      = "application/x-ndjson"
)

// streams tells whether an answer goes out in batches as it comes (relay.md §10.1). A backend's error does not: it is
// free, and of more use as a whole.
func (h hop) streams(res *upstream.Response) bool {
	bodiless := res.Status == http.StatusNoContent || res.Status == http.StatusNotModified
	media := res.Header.Get("Content-Type")
	return h.out != nil && !bodiless && res.Status < http.StatusInternalServerError && (isStreamType(media) || h.grpc && isGRPCType(media))
}

func isStreamType(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == eventStream || media == ndjson)
}

// errGone is a client that went away.
var errGone = fmt.Errorf("the client went away: %w", context.Canceled)

// stream is one answer on its way out in signed batches.
//
// All of them are one relay. Its leaf carries a response over the batches' bodies put together, in an envelope like
// theirs, with the status and no headers: a gateway can make that response's payload from what it was sent, and so find
// its relay. A stream of one batch is mined as it was sent. The relay is in the log before its last batch leaves, or
// when all have left, before the reply ends: who saw the end of a stream saw one that is in the log.
//
// The trailers of a gRPC backend, with the call's status, are the headers of the last batch, and so of the response that
// is mined: a batch with headers is the last one, and there is one with them even when no messages are left for it. A
// stream that broke off has none.
type stream struct {
	s       *setup
	ctx     context.Context // the client's
	a       admitted
	session *facts.Session
	from    *upstream.Response
	out     sink
	usage   *llm.Reader

	batcher
	tail  http.Header // of the last batch
	begun bool        // a batch was sent
	event bool        // of the batches sent, one ended an event: from then on batches are filled
	sent  int         // bytes of batcher.all that were written
	// charged: the relay is in the log, or on its way.
	charged bool
}

// stream sends an answer as it comes and returns when its relay is in the log. An error before the first batch is a
// refusal; later ones are errCut.
func (s *setup) stream(ctx context.Context, a admitted, session *facts.Session, from *upstream.Response, via hop) (charged bool, err error) {
	st := &stream{
		s: s, ctx: ctx, a: a, session: session, from: from, out: via.out, batcher: batcher{grpc: isGRPCType(from.Header.Get("Content-Type"))},
		usage: llm.NewReader(from.Header.Get("Content-Type"), time.Now),
	}
	if err = st.finish(st.pump()); err != nil && st.begun {
		err = errors.Join(errCut, err)
	}
	return st.charged, err
}

// pump sends batches until the backend has said all, or returns why it stopped before that.
func (st *stream) pump() error {
	pieces, stop := readPieces(st.from.Body)
	defer stop()
	timer := time.NewTimer(batchTime)
	timer.Stop()
	for due, held := false, false; ; {
		before := st.cut
		select {
		case p := <-pieces:
			if err := st.take(p.bytes); err != nil {
				return err
			}
			if errors.Is(p.err, io.EOF) {
				return nil
			}
			if p.err != nil && st.ctx.Err() != nil { // then the one is because of the other
				return errGone
			}
			if p.err != nil {
				return p.err
			}
		case <-timer.C:
			if !held && st.over() {
				held = true
				timer.Reset(endTime)
				continue
			}
			due = false
			if err := st.send(st.flush()); err != nil {
				return err
			}
		case <-st.ctx.Done():
			return errGone
		}
		if st.cut != before { // what waits came just now
			timer.Stop()
			due = false
		}
		if !due && st.pending() {
			timer.Reset(batchTime)
			due = true
		}
	}
}

// take adds what came, and sends what is full. Until the first event is out nothing waits to be full.
func (st *stream) take(p []byte) error {
	_, _ = st.usage.Write(p)
	st.add(p)
	for batch := st.full(); batch != nil; batch = st.full() {
		if err := st.send(batch); err != nil {
			return err
		}
	}
	if !st.event && st.pending() && !st.over() {
		return st.send(st.flush())
	}
	return nil
}

// finish sends the last batch once the relay is in the log. why is nil when the backend has said all.
func (st *stream) finish(why error) error {
	gone := errors.Is(why, context.Canceled)
	if gone {
		st.all = st.all[:st.sent]
	}
	last := st.all[st.sent:]
	if why != nil && len(st.all) == 0 { // nothing was delivered, so nothing is paid
		return backendRefusal(why)
	}
	if st.grpc && why == nil {
		st.tail = trailersOf(st.from)
	}
	ctx := context.WithoutCancel(st.ctx)
	whole, err := st.sign(ctx, st.all, st.tail)
	if err != nil {
		return err
	}
	if err := st.log(ctx, whole, truncation(why)); err != nil {
		return err
	}
	if gone {
		return why
	}
	if err := st.sendLast(ctx, last, whole); err != nil || why == nil {
		return err
	}
	return backendRefusal(why)
}

// log stores the relay of what was delivered.
func (st *stream) log(ctx context.Context, whole *servicetypes.RelayResponse, truncated relayv1.Truncated) error {
	ans := &answer{
		status: st.from.Status, body: st.all, began: st.from.Began, took: time.Since(st.from.Began), truncated: truncated, backend: st.from.Endpoint,
		usage: st.usage.Result().For(llm.ReadRequest(st.a.http.BodyBz)),
	}
	st.charged = true
	service := st.session.Header.ServiceId
	st.s.metrics.backend.WithLabelValues(service).Observe(ans.took.Seconds())
	if err := st.s.makeDurable(ctx, st.a, st.session, ans, whole); err != nil {
		return err
	}
	st.s.metrics.served.WithLabelValues(service).Inc()
	if truncated != relayv1.Truncated_TRUNCATED_UNSPECIFIED {
		st.s.metrics.truncated.WithLabelValues(service, strings.ToLower(strings.TrimPrefix(truncated.String(), "TRUNCATED_"))).Inc()
	}
	return nil
}

// truncation is why a stream ended early.
func truncation(why error) relayv1.Truncated {
	switch {
	case why == nil:
		return relayv1.Truncated_TRUNCATED_UNSPECIFIED
	case errors.Is(why, context.Canceled):
		return relayv1.Truncated_TRUNCATED_CLIENT
	case errors.Is(why, upstream.ErrTimeout):
		return relayv1.Truncated_TRUNCATED_TIMEOUT
	case errors.Is(why, upstream.ErrTooLarge):
		return relayv1.Truncated_TRUNCATED_SIZE
	default:
		return relayv1.Truncated_TRUNCATED_BACKEND
	}
}

// endsEvent tells whether a batch brings the client something to act on: for gRPC a message, for NDJSON a line, else an
// empty one.
func (st *stream) endsEvent(batch []byte) bool {
	media, _, _ := mime.ParseMediaType(st.from.Header.Get("Content-Type"))
	return st.grpc || media == ndjson || bytes.HasPrefix(batch, []byte("\n")) || bytes.HasPrefix(batch, []byte("\r\n")) ||
		bytes.Contains(batch, []byte("\n\n")) || bytes.Contains(batch, []byte("\n\r\n"))
}
