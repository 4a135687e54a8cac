package relayer

import (
	"net/http"
	"time"

	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/relayer/upstream"
)

// hop is how a relay came in.
type hop struct {
	rpc  upstream.RPC
	out  sink // takes a stream as it comes; nil: only whole answers are taken
	grpc bool // an answer of gRPC messages is a stream, too
	// gateway is who the request says that it is of.
	gateway string
}

// sink is where a stream goes.
type sink interface {
	// begin says the backend's status and headers. It comes first, once.
	begin(status int, header http.Header)
	// send puts a signed batch on the wire at once. It fails when nobody takes it.
	send(batch []byte) error
}

// streamHeader is how a gateway says which answers it takes as streams beside those that everybody does: grpc. It is our
// extension.
const streamHeader = "Pocket-Stream"

// viaHTTP is how a relay over HTTP came in.
func viaHTTP(w http.ResponseWriter, r *http.Request) hop {
	return hop{
		rpc: upstream.ParseRPC(r.Header.Get("Rpc-Type")), grpc: r.Header.Get(streamHeader) == "grpc",
		out: &httpSink{timed{w, writeTime}, r.ProtoMajor == 1}, gateway: r.Header.Get(gatewayHeader),
	}
}

// httpSink separates batches by a delimiter (relay.md §10.4).
type httpSink struct {
	out   timed
	http1 bool // the connection has one reply at a time
}

// begin: relay.md §10.2.
func (h *httpSink) begin(status int, header http.Header) {
	all := h.out.Header()
	for name, values := range header {
		all[name] = values
	}
	if h.http1 { // over HTTP/2 it would end the other relays' connection
		all.Set("Connection", "close")
	}
	h.out.WriteHeader(status)
}

func (h *httpSink) send(batch []byte) error {
	if _, err := h.out.Write(append(batch, relay.StreamDelimiter...)); err != nil {
		return err
	}
	return h.out.FlushError()
}

// timed gives a client so much time for each write. Between two of them there is no deadline: over HTTP/2 one would end
// the reply even when nothing is written.
type timed struct {
	http.ResponseWriter
	each time.Duration
}

func (t timed) Write(p []byte) (int, error) {
	defer t.begin()()
	return t.ResponseWriter.Write(p)
}

// Flush is what package grpc asks for.
func (t timed) Flush() { _ = t.FlushError() }

// FlushError flushes.
func (t timed) FlushError() error {
	defer t.begin()()
	return http.NewResponseController(t.ResponseWriter).Flush()
}

func (t timed) begin() (end func()) {
	on := http.NewResponseController(t.ResponseWriter)
	_ = on.SetWriteDeadline(time.Now().Add(t.each)) // not every connection can
	return func() { _ = on.SetWriteDeadline(time.Time{}) }
}
