package relayer

import (
	"context"
	"net/http"
	"sync"
	"time"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"

	"github.com/lodeworks/lode/services/facts"
	"github.com/lodeworks/lode/services/relayer/llm"
	"github.com/lodeworks/lode/services/relayer/upstream"
)

// When a service's relays are verified: before the model server works, which is the default, or after the answer left.
const (
	eager      = "eager"
	optimistic = "optimistic"
)

// late are the relays of optimistic services that were answered and are not verified yet. Run waits for them.
type late struct {
	under sync.WaitGroup
	room  chan struct{} // full: relays are verified first again
}

// maxLate is how many relays may be verified after their answer at a time; each keeps its request and response.
const maxLate = 1024

func newLate() *late { return &late{room: make(chan struct{}, maxLate)} }

// trusted tells whether the relay is answered before it is verified. It takes a place in late.room if so.
func (s *setup) trusted(a admitted) bool {
	if s.cfg.Services[a.request.Meta.SessionHeader.ServiceId].Validation != optimistic {
		return false
	}
	select {
	case s.late.room <- struct{}{}:
		return true
	default:
		return false
	}
}

// serveFirst answers a relay of an optimistic service. What needs neither chain nor curve is checked before; the checks
// that relay.md §6 marks † follow when the answer is on its way, and what fails one of them was served for nothing. A
// stream is verified before its first batch: it is long, and in the log before it ends.
func (s *setup) serveFirst(ctx context.Context, a admitted, via hop) (*servicetypes.RelayResponse, error) {
	leave := sync.OnceFunc(func() { <-s.late.room })
	handed := false
	defer func() {
		if !handed {
			leave()
		}
	}()
	if _, err := s.guard.before(ctx, a); err != nil {
		return nil, err
	}
	open, err := forward(ctx, a, via.rpc)
	if err != nil {
		return nil, err
	}
	if via.streams(open) {
		return nil, s.streamVerified(ctx, a, open, via)
	}
	ans, err := readAnswer(open)
	if err != nil {
		return nil, err
	}
	res, err := sign(ctx, a, ans)
	if err != nil {
		return nil, err
	}
	s.metrics.backend.WithLabelValues(a.request.Meta.SessionHeader.ServiceId).Observe(ans.took.Seconds())
	if ans.status >= http.StatusInternalServerError {
		s.unpaid(a, ans)
		return res, nil
	}
	handed = true
	s.late.under.Go(func() {
		defer leave()
		s.settle(context.WithoutCancel(ctx), a, ans, res)
	})
	return res, nil
}

// streamVerified verifies the relay and sends the stream.
func (s *setup) streamVerified(ctx context.Context, a admitted, open *upstream.Response, via hop) error {
	session, giveBack, err := s.entitled(ctx, a)
	if err != nil {
		_ = open.Body.Close()
		return err
	}
	charged, err := s.stream(ctx, a, session, open, via)
	if !charged {
		giveBack()
	}
	return err
}

// settle verifies a relay that was answered, and makes it durable. Its failures are counted: they cost the operator work.
func (s *setup) settle(ctx context.Context, a admitted, ans *answer, res *servicetypes.RelayResponse) {
	session, _, err := s.entitled(ctx, a)
	if err == nil {
		ans.usage = llm.Read(ans.header.Get("Content-Type"), a.http.BodyBz, ans.body)
		err = s.makeDurable(ctx, a, session, ans, res)
	}
	if err != nil {
		cause := asRefusal(err).cause
		s.metrics.unmined.WithLabelValues(cause).Inc()
		s.unserved(a, "answered_"+cause, "")
		return
	}
	s.metrics.served.WithLabelValues(a.request.Meta.SessionHeader.ServiceId).Inc()
}

// entitled verifies the relay and takes its cost from the application's budget; giveBack undoes both.
func (s *setup) entitled(ctx context.Context, a admitted) (session *facts.Session, giveBack func(), err error) {
	begin := time.Now()
	session, err = s.verify(ctx, a)
	s.metrics.verify.Observe(time.Since(begin).Seconds())
	if err != nil {
		return nil, nil, err
	}
	paid, err := s.meter.reserve(ctx, a.request.Meta.SupplierOperatorAddress, session)
	if err != nil {
		s.guard.unserved(a)
		return nil, nil, err
	}
	return session, func() { paid(); s.guard.unserved(a) }, nil
}
