// Package analyticsapi asks the analytics service's read-only HTTP API.
package analyticsapi

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/lodeworks/lode/services/analytics/ledger"
)

// Client asks one analytics service.
type Client struct {
	Token string // empty: none is needed
	base  string
	http  *http.Client
}

// New returns a client of the service at base, such as http://127.0.0.1:8070.
func New(base string) *Client {
	return &Client{base: base, http: &http.Client{Timeout: 30 * time.Second}}
}

// maxAnswer bounds one page, in bytes.
const maxAnswer = 64 << 20

// Get decodes the answer to a path with parameters into out.
func (c *Client) Get(ctx context.Context, path string, query url.Values, out any) error {
	answer, err := c.Open(ctx, path, query)
	if err != nil {
		return err
	}
	defer answer.Close()
	raw, err := io.ReadAll(io.LimitReader(answer, maxAnswer))
	if err != nil {
		return fmt.Errorf("read answer of analytics: %w", err)
	}
	return json.Unmarshal(raw, out)
}

// Open returns the answer to a path with parameters as it comes, such as a file; the caller closes it.
func (c *Client) Open(ctx context.Context, path string, query url.Values) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path+"?"+query.Encode(), nil)
	if err != nil {
		return nil, err
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask analytics: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		defer res.Body.Close()
		raw, _ := io.ReadAll(io.LimitReader(res.Body, 1000))
		return nil, fmt.Errorf("analytics answered %d: %.300s", res.StatusCode, raw)
	}
	return res.Body, nil
}

// Rows hands every row of a list to each, page after page.
func (c *Client) Rows(ctx context.Context, path string, query url.Values, each func(json.RawMessage) error) error {
	query = maps.Clone(query)
	for {
		var page struct {
			Rows []json.RawMessage `json:"rows"`
			Next string            `json:"next_cursor"`
		}
		if err := c.Get(ctx, path, query, &page); err != nil {
			return err
		}
		for _, row := range page.Rows {
			if err := each(row); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		query.Set("cursor", page.Next)
	}
}

// Ledger returns all lines of the ledger, or those of one session or supplier where these are not empty.
func (c *Client) Ledger(ctx context.Context, session, supplier string) ([]ledger.Line, error) {
	query := chosen(session, supplier)
	query.Set("limit", strconv.Itoa(ledger.MaxLines))
	var all []ledger.Line
	for {
		var answer struct {
			Rows []ledger.Line `json:"rows"`
		}
		if err := c.Get(ctx, "/v1/ledger", query, &answer); err != nil {
			return nil, err
		}
		all = append(all, answer.Rows...)
		if len(answer.Rows) < ledger.MaxLines {
			return all, nil
		}
		last := all[len(all)-1].Place()
		query.Set("after_height", strconv.FormatInt(last.EndHeight, 10))
		query.Set("after_session", last.Session)
		query.Set("after_supplier", last.Supplier)
	}
}

// Funnel returns the sums of ledger lines by a grouping of package ledger, of sessions that end in a range.
func (c *Client) Funnel(ctx context.Context, session, supplier, by, from, to string) ([]ledger.Total, error) {
	query := chosen(session, supplier)
	query.Set("by", by)
	for name, value := range map[string]string{"from": from, "to": to} {
		if value != "" {
			query.Set(name, value)
		}
	}
	var answer struct {
		Rows []ledger.Total `json:"rows"`
	}
	err := c.Get(ctx, "/v1/funnel", query, &answer)
	return answer.Rows, err
}

func chosen(session, supplier string) url.Values {
	query := url.Values{}
	if session != "" {
		query.Set("session", session)
	}
	if supplier != "" {
		query.Set("supplier", supplier)
	}
	return query
}
