package upstream

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Response is a backend's answer: status and headers are here, the body may still come. Body must be closed; its
// errors are those of the package. What it gives is uncompressed when a header said that it was compressed.
type Response struct {
	Status   int
	Header   http.Header // without those of the backend's connection
	Body     io.ReadCloser
	Endpoint string        // name of the backend
	Began    time.Time     // when it was called
	Took     time.Duration // until the headers were here
	Tries    int           // backends called before this one
	limit    int64
	trailer  *http.Header
	body     *body
}

// closes has cancel called when the body is closed; at once when there is none.
func (r *Response) closes(cancel context.CancelFunc) *Response {
	if r == nil {
		cancel()
		return nil
	}
	r.body.after = append(r.body.after, cancel)
	return r
}

// Trailer is what came behind the body, once that is read to its end.
func (r *Response) Trailer() http.Header { return *r.trailer }

// ReadAll takes the whole body, uncompressed even when only its first bytes tell that it was compressed, and closes it.
func (r *Response) ReadAll() ([]byte, error) {
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil || !bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
		return body, err
	}
	zr, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, errors.Join(ErrFailed, err)
	}
	body, err = io.ReadAll(io.LimitReader(zr, r.limit+1))
	switch {
	case err != nil:
		return nil, errors.Join(ErrFailed, err)
	case int64(len(body)) > r.limit:
		return nil, ErrTooLarge
	}
	return body, nil
}

// newResponse opens what came under ctx. end is called once, with what became of the call, when the body is closed.
func (g *group) newResponse(ctx context.Context, res *http.Response, backend string, w *watch, end func(error)) *Response {
	limited := &limitedReader{from: res.Body, left: g.limit}
	b := &body{ctx: ctx, service: g.service, backend: backend, from: limited, close: res.Body.Close, watch: w, end: end}
	if strings.EqualFold(res.Header.Get("Content-Encoding"), "gzip") {
		b.from = &limitedReader{from: &lazyGzip{from: limited}, left: g.limit}
		res.Header.Del("Content-Encoding")
	}
	clean(res.Header)
	return &Response{Status: res.StatusCode, Header: res.Header, Endpoint: backend, Body: b, body: b, limit: g.limit, trailer: &res.Trailer}
}

// clean takes away what belongs to the backend's connection.
func clean(h http.Header) {
	for _, list := range h["Connection"] {
		for name := range strings.SplitSeq(list, ",") {
			h.Del(strings.TrimSpace(name))
		}
	}
	for _, name := range hopByHop {
		h.Del(name)
	}
}

// body is read by one goroutine at a time; Close may come from another.
type body struct {
	ctx     context.Context
	service string
	backend string
	from    io.Reader
	close   func() error
	watch   *watch
	end     func(error)
	after   []func() // called when all is closed
	mu      sync.Mutex
	err     error // first error of a read, as returned
	closed  bool
}

// Read gives what came. The time between two reads is the reader's own and does not count.
func (b *body) Read(p []byte) (int, error) {
	b.watch.wait()
	n, err := b.from.Read(p)
	b.watch.came(n)
	if err == nil || errors.Is(err, io.EOF) {
		return n, err
	}
	err = failure(b.ctx, b.service, b.backend, err)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil && !b.closed {
		b.err = err
	}
	return n, err
}

// Close ends the call; a body that was not read to its end is broken off.
func (b *body) Close() error {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return nil
	}
	b.closed = true
	err := b.err
	b.mu.Unlock()
	if errors.Is(err, context.Canceled) {
		err = errExcluded
	}
	b.end(err)
	err = b.close()
	for _, cancel := range b.after {
		cancel()
	}
	return err
}

// limitedReader fails with ErrTooLarge behind so many bytes.
type limitedReader struct {
	from io.Reader
	left int64
}

func (l *limitedReader) Read(p []byte) (int, error) {
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1] // one more byte tells an answer of the limit's size from a larger one
	}
	n, err := l.from.Read(p)
	if int64(n) > l.left {
		n, err = int(l.left), ErrTooLarge
	}
	l.left -= int64(n)
	return n, err
}

// lazyGzip reads the first bytes only when asked to.
type lazyGzip struct {
	from io.Reader
	zr   *gzip.Reader
}

func (z *lazyGzip) Read(p []byte) (int, error) {
	if z.zr == nil {
		zr, err := gzip.NewReader(z.from)
		if err != nil {
			return 0, err
		}
		z.zr = zr
	}
	return z.zr.Read(p)
}
