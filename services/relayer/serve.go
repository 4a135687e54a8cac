package relayer

import (
	"context"
	"errors"
	"net/http"
	"time"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/facts"
	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/relayer/llm"
	"github.com/lodeworks/lode/services/relayer/simulated"
)

// ServeHTTP answers one relay, on any path and with any method: only the signed body counts.
func (s *Relayer) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.now().ServeHTTP(w, r) }

// ServeHTTP answers it under this setup's configuration.
func (s *setup) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.under.TryRLock() {
		s.refused(w, admitted{}, errEnding())
		return
	}
	defer s.under.RUnlock()
	r, end := s.traced(r)
	defer end()
	if s.guard.overload.Shed() {
		s.refused(w, admitted{}, s.overloaded(w))
		return
	}
	if serve := s.other(r); serve != nil {
		serve(w, r)
		return
	}
	body, err := s.readBody(w, r)
	if err != nil {
		s.refused(w, admitted{}, err)
		return
	}
	if id := r.Header.Get(simulated.Header); id != "" && s.simulations != nil {
		res, a, err := s.simulate(r.Context(), id, body)
		s.reply(w, r, res, a, err)
		return
	}
	res, a, err := s.serve(r.Context(), body, viaHTTP(w, r))
	traceFailed(r.Context(), err)
	s.reply(w, r, res, a, err)
}

// reply finishes a reply, of which a stream has sent all that there is.
func (s *setup) reply(w http.ResponseWriter, r *http.Request, res *servicetypes.RelayResponse, a admitted, err error) {
	switch {
	case errors.Is(err, errCut):
		panic(http.ErrAbortHandler) // cuts the connection, or the HTTP/2 stream
	case err != nil:
		s.refused(w, a, err)
		return
	case res == nil: // it was a stream
		return
	}
	raw, err := res.Marshal()
	if err != nil {
		s.refused(w, a, err)
		return
	}
	writeBody(w, http.StatusOK, contentType(r), raw)
}

// errEnding refuses what comes when the relayer has ended all other work.
func errEnding() error {
	return refuse(http.StatusServiceUnavailable, relay.Internal, "shutdown", errors.New("the relayer is ending"))
}

// contentType is what the gateway says it takes, as the peers answer it.
func contentType(r *http.Request) string {
	if accept := r.Header.Get("Accept"); accept != "" && accept != "*/*" {
		return accept
	}
	return "application/json"
}

func (s *setup) refused(w http.ResponseWriter, a admitted, err error) {
	why := asRefusal(err)
	s.countRefused(a, why)
	why.write(w, s.cfg.ErrorEncoding, a.header())
}

// header is the session that the request names; nil: it could not be read.
func (a admitted) header() *sessiontypes.SessionHeader {
	if a.request == nil {
		return nil
	}
	return a.request.Meta.SessionHeader
}

// serve is the whole way of a relay. It returns a response only when the relay is in the log, or need not be
// because the backend failed and nobody will be charged. It returns none and no error when a stream was written.
func (s *setup) serve(ctx context.Context, body []byte, via hop) (*servicetypes.RelayResponse, admitted, error) {
	a, err := s.admit(body)
	a.gateway = via.gateway
	if err != nil {
		return nil, a, err
	}
	if err := errors.Join(s.log.room(), s.knowsHeight()); err != nil {
		return nil, a, err
	}
	if s.trusted(a) {
		res, err := s.serveFirst(ctx, a, via)
		return res, a, err
	}
	session, giveBack, err := s.entitled(ctx, a)
	if err != nil {
		return nil, a, err
	}
	res, err := s.work(ctx, a, session, via, giveBack)
	return res, a, err
}

// work does what is paid for: backend, signature, log.
func (s *setup) work(ctx context.Context, a admitted, session *facts.Session, via hop, giveBack func()) (*servicetypes.RelayResponse, error) {
	open, err := forward(ctx, a, via.rpc)
	if err != nil {
		giveBack()
		return nil, err
	}
	if via.streams(open) {
		charged, err := s.stream(ctx, a, session, open, via)
		if !charged {
			giveBack()
		}
		return nil, err
	}
	ans, err := readAnswer(open)
	if err != nil {
		giveBack()
		return nil, err
	}
	service := session.Header.ServiceId
	s.metrics.backend.WithLabelValues(service).Observe(ans.took.Seconds())
	res, err := sign(ctx, a, ans)
	if err != nil {
		giveBack()
		return nil, err
	}
	if ans.status >= http.StatusInternalServerError { // check 18: signed and returned, nobody is charged
		giveBack()
		s.unpaid(a, ans)
		return res, nil
	}
	ans.usage = llm.Read(ans.header.Get("Content-Type"), a.http.BodyBz, ans.body)
	if err := s.makeDurable(ctx, a, session, ans, res); err != nil {
		return nil, err
	}
	s.metrics.served.WithLabelValues(service).Inc()
	return res, nil
}

// unpaid counts an answer that nobody is charged for.
func (s *setup) unpaid(a admitted, ans *answer) {
	s.metrics.unpaid.WithLabelValues(a.request.Meta.SessionHeader.ServiceId).Inc()
	s.unserved(a, "backend_status", ans.backend)
}

// makeDurable returns when the relay is in the log. The client's going away does not stop that: the work is done.
func (s *setup) makeDurable(ctx context.Context, a admitted, session *facts.Session, ans *answer, res *servicetypes.RelayResponse) error {
	leaf, err := relay.AppendLeaf(nil, a.canonical, res)
	if err != nil {
		return refuse(http.StatusInternalServerError, relay.Internal, "leaf", err)
	}
	served := &relayv1.Served{
		Relay: leaf, ServedUnixNano: time.Now().UnixNano(), StatusCode: uint32(ans.status), BackendNanos: uint64(ans.took),
		RequestBytes: uint64(len(a.http.BodyBz)), ResponseBytes: uint64(len(ans.body)),
		Truncated: ans.truncated,
	}
	tell(served, ans.usage, ans.began)
	s.label(served, a, ans.backend)
	wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.LogTimeout)
	defer cancel()
	err = s.log.emitRelayServed(wait, termsOf(a.request.Meta.SupplierOperatorAddress, session), served)
	if errors.Is(err, context.DeadlineExceeded) {
		return refuse(http.StatusServiceUnavailable, relay.Internal, "log_timeout", errLogFull)
	}
	if err != nil {
		return refuse(http.StatusServiceUnavailable, relay.Internal, "log", err)
	}
	s.metrics.told(session.Header.ServiceId, served)
	return nil
}

// termsOf pins what the session pays the supplier.
func termsOf(supplier string, s *facts.Session) *relayv1.Terms {
	return &relayv1.Terms{
		Supplier: supplier, Application: s.Header.ApplicationAddress, Service: s.Header.ServiceId, SessionId: s.Header.SessionId,
		StartHeight: s.Header.SessionStartBlockHeight, EndHeight: s.Header.SessionEndBlockHeight,
		GraceEndHeight: s.Windows.GraceEnd, ClaimOpenHeight: s.Windows.ClaimOpen,
		ClaimCloseHeight: s.Windows.ClaimClose, ComputeUnitsPerRelay: s.ComputeUnits, TargetHash: s.Target[:],
	}
}
