package analytics

import (
	"context"
	"fmt"
	"net/http"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/lodeworks/lode/services/analytics/api"
	"github.com/lodeworks/lode/services/kit/ch"
)

// api is everything that can be asked: what one query answers, and what is worked out here.
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
		Routes: append(api.Routes(), s.ledgerRoute(), s.funnelRoute(), s.sessionRoute(), s.whatifRoute()), Store: store, Tokens: tokens, Log: s.log,
		Limits: api.Limits{Timeout: s.cfg.QueryTimeout, ReadRows: s.cfg.QueryReadRows, Rows: s.cfg.QueryRows, Memory: s.cfg.QueryMemory},
	}
	return server.Handler()
}

// heights turns a request's range into heights of session ends: those of blocks at or behind a time.
func (s *Service) heights(ctx context.Context, q *api.Query) (from, to int64, err error) {
	const first = `SELECT min(height) FROM blocks WHERE time >= {at:DateTime64(9, 'UTC')}`
	from, to = q.FromHeight, q.ToHeight-1
	if !q.From.IsZero() {
		err = s.conn.QueryRow(ctx, first, clickhouse.DateNamed("at", q.From, clickhouse.NanoSeconds)).Scan(&from)
		if from == 0 {
			from = 1<<63 - 1 // no block is that new
		}
	}
	if err == nil && !q.To.IsZero() {
		err = s.conn.QueryRow(ctx, first, clickhouse.DateNamed("at", q.To, clickhouse.NanoSeconds)).Scan(&to)
		to--
	}
	if err != nil {
		return 0, 0, fmt.Errorf("look for the range's heights: %w", err)
	}
	return from, to, nil
}
