package relayer

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/facts/factstest"
	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/signing"
)

// refusalCase is one way to fail one row of relay.md §6.
type refusalCase struct {
	row    int
	name   string
	body   func(*bench) []byte // what is sent
	edit   func(*Config)       // optional
	before func(*bench)        // optional
	status int
	reg    relay.Refusal // of the RM1 column
	says   string
}

const fits = 8 << 10 // bytes of a body that is taken

// signed sends a good request for a header that differs from the session's.
func signed(change func(*sessiontypes.SessionHeader)) func(*bench) []byte {
	return func(b *bench) []byte {
		header := *b.Header(5)
		change(&header)
		return encoded(b.t, b.Sign(b.Request(&header, b.Suppliers[0], factstest.HTTP("{}")), b.Gateway))
	}
}

// changed sends a request that was changed after it was signed.
func changed(change func(*servicetypes.RelayRequest)) func(*bench) []byte {
	return func(b *bench) []byte {
		req := b.Chat("{}")
		change(req)
		return encoded(b.t, req)
	}
}

func good(b *bench) []byte { return encoded(b.t, b.Chat("{}")) }

func text(s string) func(*bench) []byte { return func(*bench) []byte { return []byte(s) } }

// by signs as somebody else, or for a supplier that is not in the session.
func by(gateway, supplier string) func(*bench) []byte {
	return func(b *bench) []byte {
		from, to := b.Gateway, b.Suppliers[0]
		if gateway != "" {
			from = factstest.Key(b.t, gateway)
		}
		if supplier != "" {
			to = factstest.Key(b.t, supplier)
		}
		return encoded(b.t, b.Sign(b.Request(b.Header(5), to, factstest.HTTP("{}")), from))
	}
}

func answering(f http.HandlerFunc) func(*bench) { return func(b *bench) { b.answerWith(f) } }

func timeout(d time.Duration) func(*Config) {
	return func(c *Config) {
		c.Services[factstest.Service] = Service{Backend: c.Services[factstest.Service].Backend, Timeout: d}
	}
}

func deadBackend(c *Config) { c.Services[factstest.Service] = Service{Backend: "http://127.0.0.1:1"} }

var everyRefusal = []refusalCase{
	{row: 1, name: "body over the limit", body: text(strings.Repeat("x", fits+1)), status: 413, reg: relay.RequestTooLarge, says: "exceeds 8192 bytes"},
	{row: 2, name: "garbage", body: text("\xff\xff\xff"), status: 400, reg: relay.Undecodable},
	{row: 2, name: "cut off", body: func(b *bench) []byte { g := good(b); return g[:len(g)-1] }, status: 400, reg: relay.Undecodable},
	{row: 3, name: "empty body", body: text(""), status: 400, reg: relay.InvalidRequest, says: "no service"},
	{row: 3, name: "no service", body: signed(func(h *sessiontypes.SessionHeader) { h.ServiceId = "" }), status: 400, reg: relay.InvalidRequest, says: "no service"},
	{row: 4, name: "payload is no HTTP request", body: changed(func(r *servicetypes.RelayRequest) { r.Payload = []byte("\xff") }), status: 400, reg: relay.Internal},
	{row: 5, name: "unknown service", body: signed(func(h *sessiontypes.SessionHeader) { h.ServiceId = "other" }), status: 404, reg: relay.ServiceNotHandled, says: `"other"`},
	{row: 6, name: "no signature", body: changed(func(r *servicetypes.RelayRequest) { r.Meta.Signature = nil }), status: 403, reg: relay.InvalidRequest},
	{row: 6, name: "no session id", body: signed(func(h *sessiontypes.SessionHeader) { h.SessionId = "" }), status: 403, reg: relay.InvalidRequest},
	{row: 6, name: "application is no address", body: signed(func(h *sessiontypes.SessionHeader) { h.ApplicationAddress = "pokt1x" }), status: 403, reg: relay.InvalidRequest},
	{row: 6, name: "ends before it starts", body: signed(func(h *sessiontypes.SessionHeader) { h.SessionStartBlockHeight = 10 }), status: 403, reg: relay.InvalidRequest},
	{row: 7, name: "no supplier", body: changed(func(r *servicetypes.RelayRequest) { r.Meta.SupplierOperatorAddress = "" }), status: 400, reg: relay.InvalidRequest, says: "no supplier"},
	{row: 7, name: "unknown supplier (row 13, too)", body: by("", "stranger"), status: 503, reg: relay.SupplierNotReached},
	{row: 8, name: "absurdly long session", body: signed(func(h *sessiontypes.SessionHeader) { h.SessionEndBlockHeight = 1 << 40 }), status: 400, reg: relay.InvalidSession, says: "not plausible"},
	{row: 8, name: "far away", body: signed(func(h *sessiontypes.SessionHeader) {
		h.SessionStartBlockHeight, h.SessionEndBlockHeight = 1<<40, 1<<40+9
	}), status: 400, reg: relay.InvalidSession, says: "not plausible"},
	{row: 9, name: "stake is used up", body: good, before: func(b *bench) { b.stake(0) }, status: 429, reg: relay.RateLimited, says: "0 of 0 upokt"},
	{row: 10, name: "after the grace period", body: good, before: func(b *bench) {
		b.block(12)
		b.SetHeight(5) // the gateway's view
	}, status: 403, reg: relay.SessionMismatch, says: "ended at height 10"},
	{row: 11, name: "signer is not in the ring", body: by("stranger", ""), status: 403, reg: relay.RingInvalidSignature},
	{row: 11, name: "signature of another request", body: func(b *bench) []byte {
		req := b.Chat("{}")
		req.Payload = b.Chat("[]").Payload
		return encoded(b.t, req)
	}, status: 403, reg: relay.RingInvalidSignature},
	{row: 11, name: "signature of another supplier's request", body: func(b *bench) []byte {
		req := b.Chat("{}")
		req.Meta.SupplierOperatorAddress = b.Suppliers[1].Address()
		return encoded(b.t, req)
	}, status: 403, reg: relay.RingInvalidSignature},
	{row: 11, name: "one bit of the signature", body: changed(func(r *servicetypes.RelayRequest) { r.Meta.Signature[35] ^= 1 }), status: 403, reg: relay.RingInvalidSignature},
	{row: 11, name: "signature is text", body: changed(func(r *servicetypes.RelayRequest) { r.Meta.Signature = []byte("signed") }), status: 403, reg: relay.RingInvalidRequest},
	{row: 11, name: "bytes after the signature", body: changed(func(r *servicetypes.RelayRequest) { r.Meta.Signature = append(r.Meta.Signature, 0) }), status: 403, reg: relay.RingInvalidRequest},
	{row: 11, name: "unknown application", body: func(b *bench) []byte {
		header := *b.Header(5)
		header.ApplicationAddress = factstest.Key(b.t, "stranger").Address()
		return encoded(b.t, b.Sign(b.Request(&header, b.Suppliers[0], factstest.HTTP("{}")), b.Gateway))
	}, status: 403, reg: relay.RingInvalidRequest},
	{row: 12, name: "wrong session id", body: signed(func(h *sessiontypes.SessionHeader) { h.SessionId = strings.Repeat("0", 64) }), status: 403, reg: relay.SessionMismatch, says: "differs from the chain's"},
	{row: 12, name: "forged start", body: signed(func(h *sessiontypes.SessionHeader) { h.SessionStartBlockHeight++ }), status: 403, reg: relay.SessionMismatch, says: "differs from the chain's"},
	{row: 12, name: "forged end", body: signed(func(h *sessiontypes.SessionHeader) { h.SessionEndBlockHeight++ }), status: 403, reg: relay.SessionMismatch, says: "differs from the chain's"},
	{row: 12, name: "session to come", body: signed(func(h *sessiontypes.SessionHeader) {
		h.SessionStartBlockHeight, h.SessionEndBlockHeight = 11, 20
	}), status: 403, reg: relay.SessionMismatch},
	{row: 14, name: "supplier is not in the session", body: by("", "supplier elsewhere"), status: 403, reg: relay.SupplierNotInSession},
	{row: 15, name: "backend is known to be down", body: good, edit: deadBackend, before: func(b *bench) {
		for range failuresInARow {
			require.Equal(b.t, relay.Internal, refusalIn(b, b.send(b.Chat("{}"))))
		}
	}, status: 503, reg: relay.Internal, says: "is down"},
	{row: 16, name: "backend is dead", body: good, edit: deadBackend, status: 502, reg: relay.Internal, says: "failed"},
	{row: 16, name: "backend hangs", body: good, edit: timeout(20 * time.Millisecond), before: answering(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}), status: 502, reg: relay.Timeout, says: "did not answer in time"},
	{row: 16, name: "backend hangs in its answer", body: good, edit: timeout(100 * time.Millisecond), before: answering(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "{")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}), status: 502, reg: relay.Timeout},
	{row: 16, name: "answer too large", body: good, before: answering(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("x", fits+1))
	}), status: 502, reg: relay.ResponseTooLarge},
	{row: 16, name: "answer too large when unpacked", body: good, before: answering(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(zipped(strings.Repeat("x", fits+1)))
	}), status: 502, reg: relay.ResponseTooLarge},
	{row: 16, name: "request cannot be sent", body: func(b *bench) []byte {
		http := factstest.HTTP("{}")
		http.Method = "NO METHOD"
		return encoded(b.t, b.Sign(b.Request(b.Header(5), b.Suppliers[0], http), b.Gateway))
	}, status: 400, reg: relay.Internal},
}

// TestRefusals fails every row of relay.md §6 that a gateway or a backend can fail, in both encodings. Nothing of
// it is ever logged.
func TestRefusals(t *testing.T) {
	for _, c := range everyRefusal {
		for _, encoding := range []string{"json", "relay"} {
			t.Run(c.name+"/"+encoding, func(t *testing.T) { t.Parallel(); c.run(t, encoding) })
		}
	}
}

func (c refusalCase) run(t *testing.T, encoding string) {
	b := newBench(t, func(cfg *Config) {
		cfg.ErrorEncoding, cfg.MaxBody = encoding, fits
		if c.edit != nil {
			c.edit(cfg)
		}
	})
	if c.before != nil {
		c.before(b)
	}
	body := c.body(b)
	got := b.post(body)
	if encoding == "json" {
		require.Equal(t, c.status, got.status, "row %d: %s", c.row, got.body)
		require.Contains(t, errorOf(t, got), c.says)
		require.Equal(t, c.status == http.StatusServiceUnavailable, got.header.Get("Retry-After") != "")
	} else {
		require.Equal(t, http.StatusOK, got.status)
		require.Equal(t, c.reg, refusalIn(b, got), "row %d", c.row)
		require.Contains(t, string(got.body), c.says)
		echoes(t, body, got)
	}
	require.Zero(t, b.messages())
}

// refusalIn reads the registered error of a reply; of a JSON one it is Internal.
func refusalIn(b *bench, got httpReply) relay.Refusal {
	b.t.Helper()
	if b.cfg.ErrorEncoding == "json" {
		require.NotEqual(b.t, http.StatusOK, got.status)
		return relay.Internal
	}
	res, err := relay.DecodeResponse(got.body)
	require.NoError(b.t, err)
	require.NotNil(b.t, res.RelayMinerError)
	require.Empty(b.t, res.Meta.SupplierOperatorSignature, "an error is not signed")
	require.Nil(b.t, res.PayloadHash)
	require.Equal(b.t, res.RelayMinerError.Message, string(res.Payload))
	return relay.Refusal{Codespace: res.RelayMinerError.Codespace, Code: res.RelayMinerError.Code, Description: res.RelayMinerError.Description}
}

// echoes checks that the error carries the request's session header, or an empty one.
func echoes(t *testing.T, body []byte, got httpReply) {
	t.Helper()
	res, err := relay.DecodeResponse(got.body)
	require.NoError(t, err)
	want := &sessiontypes.SessionHeader{}
	if req, err := relay.DecodeRequest(body); err == nil && req.Meta.SessionHeader != nil {
		want = req.Meta.SessionHeader
	}
	require.Equal(t, want, res.Meta.SessionHeader)
}

// TestHeightUnknown: before the first block no session's time can be told.
func TestHeightUnknown(t *testing.T) {
	b := newBench(t)
	b.height.Store(0)
	got := b.send(b.Chat("{}"))
	require.Equal(t, http.StatusServiceUnavailable, got.status)
	require.Contains(t, errorOf(t, got), "height of the chain is not known")
	require.Zero(t, b.messages())
}

// TestHeightStale: while no new block is heard of, new work is refused before it is done.
func TestHeightStale(t *testing.T) {
	b := newBench(t)
	b.heard.Store(time.Now().Add(-b.cfg.StaleAfter - time.Second).UnixNano())
	got := b.send(b.Chat("{}"))
	require.Equal(t, http.StatusServiceUnavailable, got.status)
	require.Contains(t, errorOf(t, got), "no new block")
	require.Zero(t, b.messages())
	require.Zero(t, b.calls.Load(), "the backend did not work for nothing")
}

// broken is a key that cannot sign, as one behind a socket can be.
type broken struct{ signing.Signer }

func (broken) SignDigest(context.Context, [32]byte) ([64]byte, error) {
	return [64]byte{}, errors.New("the signer is away")
}

// TestSignFails is row 17.
func TestSignFails(t *testing.T) {
	b := newBench(t)
	_, err := sign(t.Context(), admitted{request: b.Chat("{}"), key: broken{}}, &answer{status: 200})
	why := asRefusal(err)
	require.Equal(t, http.StatusInternalServerError, why.status)
	require.Equal(t, relay.Internal, why.reg)
}
