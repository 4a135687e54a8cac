package analytics

import (
	"context"
	"net/http"

	"github.com/lodeworks/lode/services/analytics/api"
	"github.com/lodeworks/lode/services/analytics/ledger"
)

// ofSession and ofSupplier are the filters of ledger lines.
var (
	ofSession  = api.Param{Name: "session", Kind: api.Text, About: "Only this session id"}
	ofSupplier = api.Filter{Name: "supplier", About: "operator addresses"}
)

// maxLines bounds the lines that one request sums.
const maxLines = 200_000

// ledgerRoute is GET /v1/ledger.
func (s *Service) ledgerRoute() *api.Route {
	return &api.Route{
		Path: "/v1/ledger", Summary: "The ledger: one line for each session and supplier, newest session end first",
		About:   "The range is of the session's last block. See services/docs/ledger.md. Give the last line's session_end_height, session_id and supplier as after_* for the next page.",
		Filters: []api.Filter{ofSupplier},
		Params: []api.Param{ofSession, {Name: "after_height", Kind: api.Count, About: "Place of the line before"},
			{Name: "after_session", Kind: api.Text, About: "Place of the line before"}, {Name: "after_supplier", Kind: api.Text, About: "Place of the line before"}},
		Whole: func(ctx context.Context, _ *http.Request, q *api.Query) (any, error) {
			filter, err := s.chosen(ctx, q)
			if err != nil {
				return nil, err
			}
			filter.Limit = min(q.Limit, ledger.MaxLines)
			if height := q.Number("after_height"); height > 0 {
				filter.After = &ledger.Place{EndHeight: height, Key: ledger.Key{Session: q.Params["after_session"], Supplier: q.Params["after_supplier"]}}
			}
			lines, err := ledger.Query(ctx, s.conn, filter)
			return map[string]any{"rows": lines}, err
		},
	}
}

// chosen is a request's choice of lines.
func (s *Service) chosen(ctx context.Context, q *api.Query) (ledger.Filter, error) {
	from, to, err := s.heights(ctx, q)
	return ledger.Filter{Session: q.Params["session"], Suppliers: q.Values["supplier"], FromHeight: from, ToHeight: to}, err
}

// funnelRoute is GET /v1/funnel.
func (s *Service) funnelRoute() *api.Route {
	return &api.Route{
		Path: "/v1/funnel", Summary: "The ledger summed: relays, compute units and upokt from served to settled, and every leak by cause, the dearest first",
		About:   "The range is of the sessions' last blocks, and so is the day.",
		Filters: []api.Filter{ofSupplier},
		Params:  []api.Param{ofSession, {Name: "by", Kind: api.Text, Default: "day", Choices: ledger.Groupings(), About: "What lines are summed by"}},
		Whole: func(ctx context.Context, _ *http.Request, q *api.Query) (any, error) {
			filter, err := s.chosen(ctx, q)
			if err != nil {
				return nil, err
			}
			var all []ledger.Line
			for {
				lines, err := ledger.Query(ctx, s.conn, filter)
				if err != nil {
					return nil, err
				}
				if all = append(all, lines...); len(lines) < ledger.MaxLines {
					break
				}
				if len(all) >= maxLines {
					return nil, api.ErrTooMuch
				}
				after := lines[len(lines)-1].Place()
				filter.After = &after
			}
			return map[string]any{"rows": ledger.Sum(all, ledger.By[q.Params["by"]])}, nil
		},
	}
}
