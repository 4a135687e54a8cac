package analytics

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/lodeworks/lode/services/analytics/ledger"
)

// errBadRequest is wrapped by what the caller can mend; the text is shown.
var errBadRequest = errors.New("bad request")

// errNotFound is wrapped when what was asked for is not in the store.
var errNotFound = errors.New("not found")

// api routes the requests that doc.go describes.
func (s *Service) api() http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, answer func(context.Context, *http.Request) (any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, answer) })
	}
	handle("GET /v1/earnings", s.earnings)
	handle("GET /v1/relays", s.relays)
	handle("GET /v1/ledger", s.ledger)
	handle("GET /v1/sessions/{id}", s.session)
	handle("GET /v1/claims", s.claims)
	handle("GET /v1/blocks/last", s.lastBlock)
	return mux
}

// answer runs one request within the query timeout and writes its result or its error.
func (s *Service) answer(w http.ResponseWriter, r *http.Request, ask func(context.Context, *http.Request) (any, error)) {
	ctx, cancel := context.WithTimeout(r.Context(), s.cfg.QueryTimeout)
	defer cancel()
	body, err := ask(ctx, r)
	status := http.StatusOK
	switch {
	case err == nil:
	case errors.Is(err, errBadRequest):
		status, body = http.StatusBadRequest, map[string]string{"error": err.Error()}
	case errors.Is(err, errNotFound):
		status, body = http.StatusNotFound, map[string]string{"error": err.Error()}
	default:
		s.log.Error("request failed", "path", r.URL.Path, "err", err)
		status, body = http.StatusBadGateway, map[string]string{"error": "the store did not answer"}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// lastBlock answers GET /v1/blocks/last.
func (s *Service) lastBlock(ctx context.Context, _ *http.Request) (any, error) {
	rows, err := records(ctx, s.conn, `SELECT height, hash, time, chain_id, tx_count, event_count
FROM blocks FINAL ORDER BY height DESC LIMIT 1`)
	if err == nil && len(rows) == 0 {
		return nil, errNotFound
	}
	if err != nil {
		return nil, err
	}
	return rows[0], nil
}

// ledger answers GET /v1/ledger.
func (s *Service) ledger(ctx context.Context, r *http.Request) (any, error) {
	q := params{values: r.URL.Query()}
	page := q.page()
	filter := ledger.Filter{
		Session: q.text("session"), Supplier: q.text("supplier"),
		FromHeight: q.integer("from_height", 0), ToHeight: q.integer("to_height", 0),
		Limit: page.limit, Offset: page.offset,
	}
	if q.err != nil {
		return nil, q.err
	}
	lines, err := ledger.Query(ctx, s.conn, filter)
	return page.list(lines, len(lines)), err
}
