package relayer

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"time"

	sdktypes "github.com/pokt-network/shannon-sdk/types"
	"github.com/sony/gobreaker/v2"
	"golang.org/x/net/http/httpguts"

	"github.com/lodeworks/lode/services/pocket/relay"
)

// backend answers one service's relays.
type backend struct {
	id      string
	base    *url.URL
	timeout time.Duration
	headers http.Header // set over the client's
	limit   int64       // bytes of an answer
	client  *http.Client
	// breaker opens after failures in a row and lets one call try again after a while.
	breaker *gobreaker.CircuitBreaker[*answer]
}

// answer is what a backend said, uncompressed.
type answer struct {
	status int
	header http.Header
	body   []byte
	took   time.Duration
}

// failuresInARow is when a backend counts as down.
const failuresInARow = 10

func newBackend(id string, cfg Service, limit int64) (*backend, error) {
	base, err := url.Parse(cfg.Backend)
	if err != nil {
		return nil, fmt.Errorf("service %s: %w", id, err)
	}
	b := &backend{id: id, base: base, timeout: cfg.Timeout, headers: http.Header{}, limit: limit}
	if b.timeout == 0 {
		b.timeout = 60 * time.Second
	}
	for name, value := range cfg.Headers {
		b.headers.Set(name, value)
	}
	if cfg.BearerFile != "" {
		token, err := os.ReadFile(cfg.BearerFile)
		if err != nil {
			return nil, fmt.Errorf("service %s: read bearer_file: %w", id, err)
		}
		b.headers.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	}
	b.client = &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: 256, IdleConnTimeout: 90 * time.Second, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	b.breaker = gobreaker.NewCircuitBreaker[*answer](gobreaker.Settings{
		Name: id, Timeout: 2 * time.Second,
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= failuresInARow },
		IsSuccessful: func(err error) bool {
			return err == nil || errors.Is(err, context.Canceled) || errors.Is(err, errAnswerLimit) // the backend works
		},
	})
	return b, nil
}

// hopByHop are the headers of one connection; they are neither sent on nor signed.
var hopByHop = []string{
	"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection",
	"Te", "Trailer", "Transfer-Encoding", "Upgrade", "Content-Length", "Host",
}

// forward calls the backend (checks 15 and 16).
func (b *backend) forward(ctx context.Context, a admitted) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	req, err := b.request(ctx, a)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, relay.Internal, "backend_request", err)
	}
	ans, err := b.breaker.Execute(func() (*answer, error) { return b.call(req) })
	switch {
	case err == nil:
		return ans, nil
	case errors.Is(err, gobreaker.ErrOpenState), errors.Is(err, gobreaker.ErrTooManyRequests):
		return nil, refuse(http.StatusServiceUnavailable, relay.Internal, "backend_down", fmt.Errorf("the backend of service %s is down", b.id))
	case errors.Is(err, context.DeadlineExceeded):
		return nil, refuse(http.StatusBadGateway, relay.Timeout, "backend_timeout", fmt.Errorf("the backend of service %s did not answer within %s", b.id, b.timeout))
	case errors.Is(err, errAnswerLimit):
		return nil, refuse(http.StatusBadGateway, relay.ResponseTooLarge, "backend_limit", err)
	default:
		return nil, refuse(http.StatusBadGateway, relay.Internal, "backend", fmt.Errorf("the backend of service %s failed", b.id))
	}
}

// request builds the backend's request (relay.md §4.1): scheme and host are the operator's, the client's path is
// appended, the operator's headers win over the client's, and ours over both.
func (b *backend) request(ctx context.Context, a admitted) (*http.Request, error) {
	from, err := url.Parse(a.http.Url)
	if err != nil {
		return nil, fmt.Errorf("parse request URL: %w", err)
	}
	to := *b.base
	to.Path = joinPath(b.base.Path, from.Path)
	query := b.base.Query()
	for name, values := range from.Query() {
		query[name] = append(query[name], values...)
	}
	to.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, a.http.Method, to.String(), bytes.NewReader(a.http.BodyBz))
	if err != nil {
		return nil, fmt.Errorf("make backend request: %w", err)
	}
	for _, h := range a.http.Header {
		name := http.CanonicalHeaderKey(h.Key)
		if err := checkHeader(name, h.Values); err != nil {
			return nil, err
		}
		if !strings.HasPrefix(name, "Pocket-") {
			req.Header[name] = h.Values
		}
	}
	for _, name := range hopByHop {
		req.Header.Del(name)
	}
	for name, values := range b.headers {
		req.Header[name] = values
	}
	meta := a.request.Meta
	req.Header.Set("Accept-Encoding", "identity")
	req.Header.Set("Pocket-Supplier", meta.SupplierOperatorAddress)
	req.Header.Set("Pocket-Service", meta.SessionHeader.ServiceId)
	req.Header.Set("Pocket-Application", meta.SessionHeader.ApplicationAddress)
	return req, nil
}

// checkHeader refuses what cannot be sent: else the client's fault would count as the backend's.
func checkHeader(name string, values []string) error {
	if !httpguts.ValidHeaderFieldName(name) {
		return fmt.Errorf("header name %.60q cannot be sent", name)
	}
	for _, v := range values {
		if !httpguts.ValidHeaderFieldValue(v) {
			return fmt.Errorf("a value of header %s cannot be sent", name)
		}
	}
	return nil
}

// joinPath appends the client's path, cleaned so that it cannot climb out of the backend's base path.
func joinPath(base, request string) string {
	joined := strings.TrimSuffix(base, "/") + path.Clean("/"+request)
	if strings.HasSuffix(request, "/") && !strings.HasSuffix(joined, "/") {
		joined += "/"
	}
	return joined
}

var errAnswerLimit = errors.New("the backend's answer exceeds the size limit")

func (b *backend) call(req *http.Request) (*answer, error) {
	start := time.Now()
	res, err := b.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := readLimited(res.Body, b.limit)
	if err != nil {
		return nil, err
	}
	if res.Header.Get("Content-Encoding") == "gzip" || bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
		if body, err = gunzip(body, b.limit); err != nil {
			return nil, err
		}
		res.Header.Del("Content-Encoding")
	}
	for _, name := range hopByHop {
		res.Header.Del(name)
	}
	return &answer{status: res.StatusCode, header: res.Header, body: body, took: time.Since(start)}, nil
}

func readLimited(r io.Reader, limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(body)) > limit {
		err = errAnswerLimit
	}
	return body, err
}

func gunzip(body []byte, limit int64) ([]byte, error) {
	zr, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("uncompress the backend's answer: %w", err)
	}
	return readLimited(zr, limit)
}

// envelope wraps the answer as the payload that is signed.
func (a *answer) envelope() ([]byte, error) {
	header := make(map[string]*sdktypes.Header, len(a.header))
	for name, values := range a.header {
		header[name] = &sdktypes.Header{Key: name, Values: values}
	}
	return relay.EncodeHTTPResponse(&sdktypes.POKTHTTPResponse{StatusCode: uint32(a.status), Header: header, BodyBz: a.body})
}
