package ch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Asker asks queries whose answers the store itself formats, as CSV or Parquet. It speaks the store's HTTP protocol.
type Asker struct {
	base     url.URL
	database string
	user     string
	password string
	http     *http.Client
}

// Question is a query that only reads.
type Question struct {
	SQL      string
	Format   string            // a format of ClickHouse, as JSONEachRow
	Args     map[string]string // values of {name:Type}, by name: see Text, List, Moment
	Settings map[string]string
}

// Refused is the store's answer that it cannot or will not run a query.
type Refused struct {
	Code int // of ClickHouse's errors; 0: it named none
	Text string
}

func (r *Refused) Error() string { return fmt.Sprintf("code %d: %.500s", r.Code, r.Text) }

// Codes of ClickHouse that mean: the query would cost more than its limits allow.
const (
	codeTooManyRows        = 158
	codeTimeout            = 159
	codeMemory             = 241
	codeTooManyBytes       = 307
	codeTooManyRowsOrBytes = 396
)

// Costly tells that a limit of the question was met, so a smaller one may be answered.
func (r *Refused) Costly() bool {
	switch r.Code {
	case codeTooManyRows, codeTimeout, codeMemory, codeTooManyBytes, codeTooManyRowsOrBytes:
		return true
	default:
		return false
	}
}

// NewAsker finds the store's HTTP port: it is the DSN's, or, for a native one, HTTP's.
func NewAsker(cfg Config) (*Asker, error) {
	o, err := cfg.options()
	if err != nil {
		return nil, err
	}
	address := cfg.DSN
	if !strings.HasPrefix(address, "http") {
		address = cfg.HTTP
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("clickhouse.http: %q is not http://host:port", address)
	}
	return &Asker{
		base: url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}, database: o.Auth.Database, user: o.Auth.Username, password: o.Auth.Password,
		http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute}},
	}, nil
}

// Ask runs a query and returns its whole answer as a stream; the caller closes it. The store begins to answer when it
// has all of it, so an error is an error and never a part of the answer. ctx bounds the reading, too.
func (a *Asker) Ask(ctx context.Context, q Question) (io.ReadCloser, error) {
	values := url.Values{"query": {q.SQL + "\nFORMAT " + q.Format}, "database": {a.database}, "wait_end_of_query": {"1"}}
	for name, value := range q.Args {
		values.Set("param_"+name, value)
	}
	for name, value := range q.Settings {
		values.Set(name, value)
	}
	return a.do(ctx, http.MethodGet, values, nil) // the store lets GET only read
}

// Insert stores rows that are in a format of ClickHouse, all that r holds, of however many partitions. An error leaves
// those before it stored.
func (a *Asker) Insert(ctx context.Context, table, format string, r io.Reader) error {
	answer, err := a.do(ctx, http.MethodPost, url.Values{
		"query": {"INSERT INTO `" + table + "` FORMAT " + format}, "database": {a.database}, "max_partitions_per_insert_block": {"0"},
	}, io.NopCloser(r)) // the caller closes it
	if err != nil {
		return err
	}
	return answer.Close()
}

func (a *Asker) do(ctx context.Context, method string, values url.Values, body io.Reader) (io.ReadCloser, error) {
	u := a.base
	u.RawQuery = values.Encode()
	req, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return nil, fmt.Errorf("ask: %w", err)
	}
	if a.user != "" {
		req.Header.Set("X-ClickHouse-User", a.user)
		req.Header.Set("X-ClickHouse-Key", a.password)
	}
	res, err := a.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask: %w", strip(err))
	}
	if res.StatusCode == http.StatusOK {
		return res.Body, nil
	}
	defer func() { _ = res.Body.Close() }()
	text, _ := io.ReadAll(io.LimitReader(res.Body, 4096))
	return nil, &Refused{Code: codeOf(res.Header, string(text)), Text: strings.TrimSpace(string(text))}
}

// strip takes the long URL out of a client's error.
func strip(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

var codeInText = regexp.MustCompile(`^Code: (\d+)`)

func codeOf(h http.Header, text string) int {
	said := h.Get("X-ClickHouse-Exception-Code")
	if found := codeInText.FindStringSubmatch(text); said == "" && found != nil {
		said = found[1]
	}
	code, _ := strconv.Atoi(said)
	return code
}

// Text is the value of a String parameter.
var Text = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`, "\x00", `\0`).Replace

var quoted = strings.NewReplacer(`\`, `\\`, `'`, `\'`)

// List is the value of an Array(String) parameter.
func List(values []string) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = "'" + quoted.Replace(v) + "'"
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// Moment is the value of a DateTime64(9, 'UTC') parameter.
func Moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000000000") }
