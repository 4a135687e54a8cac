package relayer

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/lodeworks/lode/services/pocket/relay"
)

// firstRead is what is allocated for a body whose length is only claimed, in bytes. More is when so much has come.
const firstRead = 64 << 10

// readBody takes a body of at most the limit (check 1), as long as it comes at least as fast as it must.
func (s *setup) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	limit := s.bodyLimit(r.Header)
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	on := http.NewResponseController(w)
	from, begin, due := http.MaxBytesReader(w, r.Body, limit), time.Now(), 0
	body := make([]byte, 0, sizeOf(r.ContentLength))
	for {
		if len(body) >= due {
			_ = on.SetReadDeadline(s.bodyDue(begin, len(body))) // not possible on some test connections
			due = len(body) + firstRead
		}
		body = slices.Grow(body, 1)
		n, err := from.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if errors.Is(err, io.EOF) {
			_ = on.SetReadDeadline(time.Time{}) // the reply may take longer than the request
			return body, nil
		}
		if err != nil { // and the deadline stays: the server reads on for what is left of the body
			return nil, badBody(err, limit)
		}
	}
}

// sizeOf leaves room for one byte more than announced, so that the end is seen without growing.
func sizeOf(announced int64) int64 {
	if announced < 0 {
		return 4 << 10
	}
	return min(announced+1, firstRead)
}

// bodyDue is when the next bytes must have come.
func (s *setup) bodyDue(begin time.Time, have int) time.Time {
	atRate := time.Duration(have+firstRead) * time.Second / time.Duration(s.cfg.Limits.MinRate)
	return begin.Add(s.cfg.Limits.Patience + atRate)
}

func badBody(err error, limit int64) error {
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return tooLarge(limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refuse(http.StatusRequestTimeout, relay.Timeout, "slow_body", errors.New("the request body comes too slowly"))
	default:
		return refuse(http.StatusBadRequest, relay.Undecodable, "body", fmt.Errorf("read request body: %w", err))
	}
}

func tooLarge(limit int64) error {
	return refuse(http.StatusRequestEntityTooLarge, relay.RequestTooLarge, "body_limit", fmt.Errorf("request body exceeds %d bytes", limit))
}

// serviceHeaders are where gateways may name the service outside of the signed body.
var serviceHeaders = []string{"Target-Service-Id", "Pocket-Service-Id"}

// bodyLimit is the limit of the service that the headers name, or else the largest one: the service is known for sure
// only when the body was read.
func (s *setup) bodyLimit(h http.Header) int64 {
	for _, name := range serviceHeaders {
		if service, ok := s.cfg.Services[h.Get(name)]; ok && service.MaxBody > 0 {
			return service.MaxBody
		}
	}
	return s.largestBody
}

// sized checks what is inside a relay against the limits of its service.
func (s *setup) sized(a admitted, body int) error {
	if limit := s.cfg.Services[a.request.Meta.SessionHeader.ServiceId].MaxBody; limit > 0 && int64(body) > limit {
		return tooLarge(limit)
	}
	if limit := s.cfg.Limits.URL; len(a.http.Url) > limit {
		return refuse(http.StatusRequestURITooLong, relay.InvalidRequest, "url_limit", fmt.Errorf("the relay's URL exceeds %d bytes", limit))
	}
	size := 0
	for _, h := range a.http.Header {
		size += len(h.Key)
		for _, v := range h.Values {
			size += len(v)
		}
	}
	if limit := s.cfg.Limits.Header; size > limit {
		return refuse(http.StatusRequestHeaderFieldsTooLarge, relay.InvalidRequest, "header_limit", fmt.Errorf("the relay's headers exceed %d bytes", limit))
	}
	return nil
}

// overloaded refuses a request before its body is read. What comes of the body meanwhile has its time, too.
func (s *setup) overloaded(w http.ResponseWriter) error {
	_ = http.NewResponseController(w).SetReadDeadline(s.bodyDue(time.Now(), 0)) // until the next request begins
	return refuse(http.StatusServiceUnavailable, relay.Internal, "overload", errOverload)
}

// errOverload is returned when the relayer has more to do than its processors can.
var errOverload = errors.New("the relayer is overloaded")
