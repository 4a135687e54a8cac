// Package analyticsapi asks the analytics service's read-only HTTP API.
package analyticsapi

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/lodeworks/lode/services/analytics/ledger"
)

// Client asks one analytics service.
type Client struct {
	base string
	http *http.Client
}

// New returns a client of the service at base, such as http://127.0.0.1:8070.
func New(base string) *Client {
	return &Client{base: base, http: &http.Client{Timeout: 30 * time.Second}}
}

// maxAnswer bounds one page, in bytes.
const maxAnswer = 64 << 20

// Get decodes the answer to a path with parameters into out.
func (c *Client) Get(ctx context.Context, path string, query url.Values, out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path+"?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("ask analytics: %w", err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read answer of analytics: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("analytics answered %d: %.300s", res.StatusCode, raw)
	}
	return json.Unmarshal(raw, out)
}

// Ledger returns all lines of the ledger, or those of one session or supplier where these are not empty.
func (c *Client) Ledger(ctx context.Context, session, supplier string) ([]ledger.Line, error) {
	var all []ledger.Line
	const page = 500
	for {
		query := url.Values{"limit": {strconv.Itoa(page)}, "offset": {strconv.Itoa(len(all))}}
		if session != "" {
			query.Set("session", session)
		}
		if supplier != "" {
			query.Set("supplier", supplier)
		}
		var answer struct {
			Rows []ledger.Line `json:"rows"`
		}
		if err := c.Get(ctx, "/v1/ledger", query, &answer); err != nil {
			return nil, err
		}
		all = append(all, answer.Rows...)
		if len(answer.Rows) < page {
			return all, nil
		}
	}
}
