package chlocal

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/ping", s.ping)
	mux.HandleFunc("/{$}", s.query)
	return refuseBrowsers(mux)
}

// refuseBrowsers turns away requests that a web page makes: there is no
// password to stop a page from writing to a port of the machine it is shown on.
func refuseBrowsers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") != "" {
			http.Error(w, "requests from web pages are not answered", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) ping(w http.ResponseWriter, _ *http.Request) {
	_, _ = w.Write([]byte("Ok.\n"))
}

// query serves one statement. No statement at all is a ping, as at ClickHouse.
func (s *Server) query(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		http.Error(w, "only GET and POST", http.StatusMethodNotAllowed)
		return
	}
	if r.Method != http.MethodPost && r.URL.RawQuery == "" {
		s.ping(w, r)
		return
	}
	if err := s.answer(w, r); err != nil {
		writeError(w, err)
	}
}

// answer runs the request. Its error has not been written yet.
func (s *Server) answer(w http.ResponseWriter, r *http.Request) error {
	req, err := parseURL(r.URL)
	if err != nil {
		return err
	}
	in, err := s.read(r, req)
	if err != nil {
		return err
	}
	defer in.close()
	s.setHeaders(w, req)
	if isHello(in.text) && req.Format == "Native" {
		return s.sayHello(w, req)
	}
	if err := checkStatement(in); err != nil {
		return err
	}
	return s.run(w, r, req, in)
}

func (s *Server) read(r *http.Request, req request) (input, error) {
	body, err := openBody(r, req.Decompress, s.cfg.MaxBodyBytes)
	if err != nil {
		return input{}, err
	}
	return readInput(req.Query, body, s.cfg.MaxQueryBytes)
}

// checkStatement refuses what ClickHouse's HTTP interface refuses and the
// embedded engine would pass over in silence.
func checkStatement(in input) error {
	switch {
	case isEmptyStatement(in.text):
		return newError(codeSyntaxError, "Empty query. (SYNTAX_ERROR)")
	case in.data == nil && hasSecondStatement(in.text):
		return newError(codeSyntaxError, "Syntax error (Multi-statements are not allowed). (SYNTAX_ERROR)")
	}
	return nil
}

func (s *Server) setHeaders(w http.ResponseWriter, req request) {
	w.Header().Set("X-ClickHouse-Server-Display-Name", "chlocal")
	w.Header().Set("X-ClickHouse-Timezone", s.engine.timezone)
	if req.QueryID != "" {
		w.Header().Set("X-ClickHouse-Query-Id", req.QueryID)
	}
}

func (s *Server) sayHello(w http.ResponseWriter, req request) error {
	data, err := hello(s.engine.version, s.engine.timezone, req.Revision)
	if err != nil {
		return err
	}
	s.logWrite(writeData(w, req, data))
	return nil
}

func (s *Server) run(w http.ResponseWriter, r *http.Request, req request, in input) error {
	if err := s.acquire(r.Context()); err != nil {
		return err
	}
	defer s.release()
	st := statement{text: withoutSync(in.text), format: req.Format, database: req.Database, params: req.Params,
		settings: withDefaults(req.Settings, s.defaults(r.Method)...)}
	return s.engine.run(r.Context(), st, func(res *result, took time.Duration) error {
		s.logWrite(writeResult(w, req, res, took))
		return nil
	})
}

// defaults are the settings a server's profile would have. GET only reads.
func (s *Server) defaults(method string) []pair {
	out := []pair{
		{"implicit_select", "0"}, // the engine takes "1+1" for a statement; a server does not
		{"allow_introspection_functions", "0"},
		{"max_execution_time", strconv.FormatInt(int64(s.cfg.MaxQueryTime/time.Second), 10)},
		{"max_result_bytes", strconv.FormatInt(s.cfg.MaxResultBytes, 10)},
	}
	if method != http.MethodPost {
		out = append(out, pair{"readonly", "2"})
	}
	return out
}

func (s *Server) acquire(ctx context.Context) error {
	select {
	case s.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return newError(codeTooManyQueries, "gave up waiting for a free place: %v", ctx.Err())
	}
}

func (s *Server) release() { <-s.slots }

// logWrite notes that a client did not take its answer.
func (s *Server) logWrite(err error) {
	if err != nil {
		s.log.Debug("answer not taken", "err", err)
	}
}
