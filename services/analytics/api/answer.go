package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/lodeworks/lode/services/kit/ch"
)

// Limits bound what one request may cost.
type Limits struct {
	Timeout  time.Duration
	ReadRows uint64 // that a query may read
	Rows     uint64 // of an answer that is a file
	Memory   uint64 // bytes
}

// settings are the limits in the store's words, and how it writes values.
func (l Limits) settings(f Format, rows uint64) map[string]string {
	s := map[string]string{
		"max_execution_time":   strconv.FormatFloat(l.Timeout.Seconds(), 'f', 3, 64),
		"max_rows_to_read":     strconv.FormatUint(l.ReadRows, 10),
		"max_result_rows":      strconv.FormatUint(rows, 10),
		"max_memory_usage":     strconv.FormatUint(l.Memory, 10),
		"result_overflow_mode": "throw", "read_overflow_mode": "throw",
		"do_not_merge_across_partitions_select_final": "1", // a key lies in one partition
	}
	if f.Name == "json" {
		maps.Copy(s, map[string]string{
			"output_format_json_quote_64bit_integers": "0", "output_format_json_quote_decimals": "1",
			"date_time_output_format": "iso", "output_format_json_quote_denormals": "0",
		})
	}
	if f.Name == "csv" {
		s["date_time_output_format"] = "iso"
	}
	return s
}

// Server answers the routes.
type Server struct {
	Routes []*Route
	Store  *ch.Asker
	Limits Limits
	Tokens Tokens
	Live   http.Handler // GET /v1/live
	Log    *slog.Logger
}

// Handler serves every route and the document that describes them.
func (s *Server) Handler() (http.Handler, error) {
	mux := http.NewServeMux()
	document, err := s.document()
	if err != nil {
		return nil, err
	}
	for _, route := range s.Routes {
		mux.HandleFunc("GET "+route.Path, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, route) })
	}
	if s.Live != nil {
		mux.Handle("GET "+livePath, s.Live)
	}
	mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(document)
	})
	return s.Tokens.guard(mux), nil
}

// serve answers one request, or says why not.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, route *Route) {
	ctx, cancel := context.WithTimeout(r.Context(), s.Limits.Timeout)
	defer cancel()
	q, err := route.Parse(r.URL.Query())
	if err == nil {
		err = restrict(r, route, q)
	}
	if err == nil {
		err = s.answer(ctx, w, r, route, q)
	}
	if err != nil {
		s.refuse(w, r, err)
	}
}

func (s *Server) answer(ctx context.Context, w http.ResponseWriter, r *http.Request, route *Route, q *Query) error {
	switch {
	case route.Whole != nil:
		body, err := route.Whole(ctx, r, q)
		if err != nil {
			return err
		}
		return writeJSON(w, http.StatusOK, body)
	case q.Format.Name == "json":
		page, err := s.Page(ctx, route, q)
		if err != nil {
			return err
		}
		return writeJSON(w, http.StatusOK, page)
	default:
		return s.file(ctx, w, route, q)
	}
}

// Page is a part of an answer.
type Page struct {
	Rows []json.RawMessage `json:"rows"`
	Next string            `json:"next_cursor,omitempty"` // of the page behind it; empty: there is none
	// Expired is how many rows there were and are not stored any more.
	Expired uint64 `json:"expired,omitempty"`
}

// maxPageBytes bounds a page.
const maxPageBytes = 64 << 20

// Page asks for one page of rows.
func (s *Server) Page(ctx context.Context, route *Route, q *Query) (*Page, error) {
	text, args := route.sql(q)
	answer, err := s.Store.Ask(ctx, ch.Question{SQL: text, Format: q.Format.Store, Args: args, Settings: s.Limits.settings(q.Format, uint64(q.Limit)+1)})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", route.Name(), err)
	}
	defer func() { _ = answer.Close() }()
	page := &Page{Rows: []json.RawMessage{}}
	if page.Expired, err = s.expired(ctx, route, q); err != nil {
		return nil, err
	}
	lines := bufio.NewReader(io.LimitReader(answer, maxPageBytes))
	for {
		line, err := lines.ReadBytes('\n')
		if line = bytes.TrimSpace(line); len(line) > 0 {
			page.Rows = append(page.Rows, line)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: read answer: %w", route.Name(), err)
		}
	}
	if len(page.Rows) > q.Limit {
		page.Rows = page.Rows[:q.Limit]
		page.Next, err = next(page.Rows[q.Limit-1], route.orderOf(q))
	}
	return page, err
}

// expired is how many of the rows that a request is about the store no longer has.
func (s *Server) expired(ctx context.Context, route *Route, q *Query) (uint64, error) {
	if route.Lacks == "" {
		return 0, nil
	}
	_, args := route.sql(q)
	text := replace(route.Lacks, "$FILTER", route.filters(q, args))
	answer, err := s.Store.Ask(ctx, ch.Question{SQL: text, Format: Formats[0].Store, Args: args, Settings: s.Limits.settings(Formats[0], 1)})
	if err != nil {
		return 0, fmt.Errorf("%s: %w", route.Name(), err)
	}
	defer func() { _ = answer.Close() }()
	var row struct {
		Expired uint64 `json:"expired"`
	}
	if err := json.NewDecoder(io.LimitReader(answer, maxPageBytes)).Decode(&row); err != nil {
		return 0, fmt.Errorf("%s: read how much has expired: %w", route.Name(), err)
	}
	return row.Expired, nil
}

// HeaderExpired is where an answer that is a file says how many rows there were and are not stored any more.
const HeaderExpired = "Lode-Expired"

// next is the cursor behind a row.
func next(row json.RawMessage, columns []string) (string, error) {
	var values map[string]any
	decoder := json.NewDecoder(bytes.NewReader(row))
	decoder.UseNumber()
	if err := decoder.Decode(&values); err != nil {
		return "", fmt.Errorf("read row: %w", err)
	}
	behind := make([]string, len(columns))
	for i, name := range columns {
		behind[i] = fmt.Sprint(values[name])
	}
	return encodeCursor(behind), nil
}

// file answers with all rows at once.
func (s *Server) file(ctx context.Context, w http.ResponseWriter, route *Route, q *Query) error {
	gone, err := s.expired(ctx, route, q)
	if err != nil {
		return err
	}
	text, args := route.sql(q)
	answer, err := s.Store.Ask(ctx, ch.Question{SQL: text, Format: q.Format.Store, Args: args, Settings: s.Limits.settings(q.Format, s.Limits.Rows)})
	if err != nil {
		return fmt.Errorf("%s: %w", route.Name(), err)
	}
	defer func() { _ = answer.Close() }()
	w.Header().Set("Content-Type", q.Format.Type)
	if gone > 0 {
		w.Header().Set(HeaderExpired, strconv.FormatUint(gone, 10))
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", route.Name()+"."+q.Format.Name))
	if _, err := io.Copy(w, answer); err != nil {
		panic(http.ErrAbortHandler) // the status is sent: only a broken connection still says that it failed
	}
	return nil
}

func writeJSON(w http.ResponseWriter, status int, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("write answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n'))
	return nil
}

// refuse says what is wrong, and to whom it is a secret only that something is.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status, text := http.StatusBadGateway, "the store did not answer"
	var refused *ch.Refused
	switch {
	case errors.Is(err, ErrBadRequest):
		status, text = http.StatusBadRequest, err.Error()
	case errors.Is(err, errForbidden):
		status, text = http.StatusForbidden, err.Error()
	case errors.Is(err, ErrNotFound):
		status, text = http.StatusNotFound, err.Error()
	case errors.As(err, &refused) && refused.Costly(), errors.Is(err, context.DeadlineExceeded), errors.Is(err, ErrTooMuch):
		status, text = http.StatusUnprocessableEntity, "the answer would cost more than is allowed: ask for a shorter range, or for fewer rows"
	case r.Context().Err() != nil: // who asked is gone
	default:
		s.Log.Error("request failed", "path", r.URL.Path, "err", err)
	}
	_ = writeJSON(w, status, map[string]string{"error": text})
}
