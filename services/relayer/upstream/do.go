package upstream

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// Do calls a backend. The response is open, its Body must be closed. When the chosen backend fails before anything was
// sent to it, or the call is idempotent, others are tried.
func (p *Pool) Do(ctx context.Context, c *Call) (*Response, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	g := p.of(c.RPC)
	if g == nil {
		return nil, &Error{Service: p.service, Kind: ErrDown, Cause: fmt.Errorf("none for RPC type %s", c.RPC)}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, g.cfg.Total, fmt.Errorf("%w: total", ErrTimeout))
	if g.budget.earn(); g.mayHedge(c) {
		return g.hedged(ctx, cancel, c)
	}
	return g.attempts(ctx, cancel, c, g.choose(c, nil))
}

// attempts calls one endpoint after another until one answers, or trying again is not safe. cancel is called when the
// call is over.
func (g *group) attempts(ctx context.Context, cancel context.CancelFunc, c *Call, l *lease) (*Response, error) {
	if l == nil {
		cancel()
		return nil, &Error{Service: g.service, Kind: ErrDown}
	}
	tried := make([]*endpoint, 0, 1+g.cfg.Retries)
	for {
		tried = append(tried, l.endpoint)
		res, sent, err := g.call(ctx, l, c)
		if err == nil {
			res.Tries = len(tried) - 1
		}
		if len(tried) > g.cfg.Retries || !c.again(res, sent, err) || ctx.Err() != nil {
			return res.closes(cancel), err
		}
		if l = g.choose(c, tried); l == nil {
			return res.closes(cancel), err
		}
		if res != nil {
			_ = res.Body.Close()
		}
	}
}

// again tells whether a call may be made once more elsewhere.
func (c *Call) again(res *Response, sent bool, err error) bool {
	if err != nil {
		return !errors.Is(err, ErrRequest) && (!sent || c.repeatable())
	}
	return overloaded(res.Status) && c.repeatable()
}

// repeatable: RFC 9110 §9.2.2, or the caller knows.
func (c *Call) repeatable() bool {
	switch c.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPut, http.MethodDelete, http.MethodTrace:
		return true
	}
	return c.Idempotent
}

// overloaded are the answers that speak of the backend, not of the request.
func overloaded(status int) bool {
	return status == http.StatusBadGateway || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout
}

// call makes one call. sent is false while nothing of it can have reached the backend.
func (g *group) call(ctx context.Context, l *lease, c *Call) (_ *Response, sent bool, _ error) {
	ctx, abort := context.WithCancelCause(ctx)
	var connected atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }}
	req, err := l.request(httptrace.WithClientTrace(ctx, trace), c)
	if err != nil {
		l.end(errExcluded)
		abort(nil)
		return nil, false, err
	}
	began, w := time.Now(), newWatch(g.cfg.FirstByte, g.cfg.Idle, abort)
	raw, err := l.transport.RoundTrip(req) //nolint:bodyclose // newResponse's Close does
	if err != nil {
		w.stop()
		err = failure(ctx, g.service, l.name, err)
		l.end(verdict(err))
		abort(nil)
		return nil, connected.Load(), err
	}
	var blame error
	if overloaded(raw.StatusCode) {
		blame = errStatus
	}
	l.begun(blame)
	res := g.newResponse(ctx, raw, l.name, w, func(err error) {
		w.stop()
		l.end(errors.Join(blame, verdict(err)))
		abort(nil)
	})
	res.body.after = append(res.body.after, l.leave)
	res.Began, res.Took = began, time.Since(began)
	return res, true, nil
}

// verdict is what the end of a call says about its endpoint.
func verdict(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, errExcluded) {
		return errExcluded
	}
	return err
}
