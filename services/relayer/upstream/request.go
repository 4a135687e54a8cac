package upstream

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// Call is what a client wants of a backend.
type Call struct {
	Method     string
	URL        string      // the client's; only path and query count
	Header     http.Header // the client's; not changed
	Own        http.Header // ours, set over all others: the Pocket headers
	Body       []byte
	RPC        RPC    // empty: the service's default
	SessionID  string // what session_affinity goes by
	Idempotent bool   // may be done twice, whatever the method says
}

// hopByHop are the headers of one connection; they are neither sent on nor signed.
var hopByHop = []string{
	"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection",
	"Te", "Trailer", "Transfer-Encoding", "Upgrade", "Content-Length", "Host",
}

// Check refuses what no backend can be sent: else the client's fault would count as the backend's.
func (c *Call) Check() error {
	if _, err := url.Parse(c.URL); err != nil {
		return fmt.Errorf("%w: parse request URL: %w", ErrRequest, err)
	}
	if c.Method != "" && !httpguts.ValidHeaderFieldName(c.Method) { // both are tokens
		return fmt.Errorf("%w: method %.60q cannot be sent", ErrRequest, c.Method)
	}
	for name, values := range c.Header {
		if !httpguts.ValidHeaderFieldName(name) {
			return fmt.Errorf("%w: header name %.60q cannot be sent", ErrRequest, name)
		}
		for _, v := range values {
			if !httpguts.ValidHeaderFieldValue(v) {
				return fmt.Errorf("%w: a value of header %s cannot be sent", ErrRequest, name)
			}
		}
	}
	return nil
}

// request builds the backend's request (relay.md §4.1): scheme and host are the operator's, the client's path is
// appended, the operator's headers win over the client's, and ours over both.
func (e *endpoint) request(ctx context.Context, c *Call) (*http.Request, error) {
	from, err := url.Parse(c.URL)
	if err != nil {
		return nil, fmt.Errorf("%w: parse request URL: %w", ErrRequest, err)
	}
	to := *e.base
	to.Path, to.RawPath = joinPath(e.base.Path, from.Path), ""
	if e.base.RawQuery != "" || from.RawQuery != "" {
		query := e.base.Query()
		for name, values := range from.Query() {
			query[name] = append(query[name], values...)
		}
		to.RawQuery = query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, c.Method, "", bytes.NewReader(c.Body))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRequest, err)
	}
	req.URL, req.Host = &to, to.Host
	req.Header = e.header(c)
	return req, nil
}

// header is what the backend is sent.
func (e *endpoint) header(c *Call) http.Header {
	h := make(http.Header, len(c.Header)+len(e.headers)+4)
	for name, values := range c.Header {
		if name = http.CanonicalHeaderKey(name); !strings.HasPrefix(name, "Pocket-") {
			h[name] = values
		}
	}
	for _, name := range hopByHop {
		h.Del(name)
	}
	for name, values := range e.headers {
		h[name] = values
	}
	h.Set("Accept-Encoding", "identity")
	if c.RPC == GRPC {
		h.Set("Te", "trailers")
	}
	for name, values := range c.Own {
		h[name] = values
	}
	return h
}

// joinPath appends the client's path, cleaned so that it cannot climb out of the backend's base path.
func joinPath(base, request string) string {
	joined := strings.TrimSuffix(base, "/") + path.Clean("/"+request)
	if strings.HasSuffix(request, "/") && !strings.HasSuffix(joined, "/") {
		joined += "/"
	}
	return joined
}
