package analytics

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/lodeworks/lode/services/analytics/api"
	"github.com/lodeworks/lode/services/analytics/web"
	"github.com/lodeworks/lode/services/kit/ch"
)

// api is everything that can be asked: what one query answers, and what is worked out here; and the page that asks it.
func (s *Service) api() (http.Handler, error) {
	store, err := ch.NewAsker(s.cfg.ClickHouse)
	if err != nil {
		return nil, err
	}
	tokens, err := api.LoadTokens(s.cfg.Tokens)
	if err != nil {
		return nil, err
	}
	server := &api.Server{
		Routes: append(api.Routes(), s.ledgerRoute(), s.funnelRoute(), s.sessionRoute(), s.whatifRoute()), Store: store, Tokens: tokens, Live: &s.live, Log: s.log,
		Limits: api.Limits{Timeout: s.cfg.QueryTimeout, ReadRows: s.cfg.QueryReadRows, Rows: s.cfg.QueryRows, Memory: s.cfg.QueryMemory},
	}
	questions, err := server.Handler()
	if err != nil {
		return nil, err
	}
	page, err := web.Handler()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/v1/", questions)
	mux.Handle("/openapi.json", questions)
	mux.Handle("/", page)
	return mux, nil
}

// sqlAround are the last height before a time and the first at or behind it; 0: there is none.
const sqlAround = `SELECT maxIf(height, time < {at:DateTime64(9, 'UTC')}), minIf(height, time >= {at:DateTime64(9, 'UTC')}) FROM blocks`

func (s *Service) around(ctx context.Context, at time.Time) (before, behind int64, err error) {
	row := s.conn.QueryRow(ctx, sqlAround, clickhouse.DateNamed("at", at, clickhouse.NanoSeconds))
	if err := row.Scan(&before, &behind); err != nil {
		return 0, 0, fmt.Errorf("look for the range's heights: %w", err)
	}
	return before, behind, nil
}

// heights turns a request's range into heights, both included; to is 0 where there is no bound. A range in which there can
// be nothing begins at the greatest number.
func (s *Service) heights(ctx context.Context, q *api.Query) (from, to int64, err error) {
	const nothing = math.MaxInt64
	from, to = q.FromHeight, max(q.ToHeight-1, 0)
	if q.ToHeight == 1 {
		from = nothing
	}
	if !q.From.IsZero() {
		if _, from, err = s.around(ctx, q.From); from == 0 {
			from = nothing
		}
	}
	if err == nil && !q.To.IsZero() {
		var before, behind int64
		before, behind, err = s.around(ctx, q.To)
		if to = max(behind-1, 0); before == 0 && behind > 0 {
			from = nothing
		}
	}
	return from, to, err
}
