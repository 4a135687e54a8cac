package analytics

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"cosmossdk.io/math"

	"github.com/lodeworks/lode/services/analytics/api"
	"github.com/lodeworks/lode/services/analytics/whatif"
	"github.com/lodeworks/lode/services/pocket/difficulty"
)

// whatifRoute is GET /v1/whatif.
func (s *Service) whatifRoute() *api.Route {
	return &api.Route{
		Path: "/v1/whatif", Summary: "Settled claims of a range, as they were and as they would be under other parameters",
		About: "The range is of settlements. Without any change both sides are equal, to the unit. All claims are settled again, for they share applications' stakes; " +
			"the filters choose which are summed. That an application would have been staked more, or left, is not supposed.",
		Filters: []api.Filter{ofSupplier, {Name: "application", About: "application addresses"}, {Name: "service", About: "service ids"}},
		Params: []api.Param{
			{Name: "by", Kind: api.Text, Default: "all", Choices: whatif.Groupings(), About: "What claims are summed by"},
			{Name: "token_multiplier", Kind: api.Count, About: "compute_units_to_tokens_multiplier: upokt for token_granularity compute units"},
			{Name: "token_granularity", Kind: api.Count, About: "compute_unit_cost_granularity"},
			{Name: "compute_units_per_relay", Kind: api.Count, About: "Weight of a relay, of every service alike"},
			{Name: "target", Kind: api.Text, About: "Difficulty target, 64 hex digits: as many more or fewer relays become leaves"},
			{Name: "mint_ratio", Kind: api.Number, About: "Minted for each upokt burnt, 0 to 1"},
			{Name: "inflation", Kind: api.Number, About: "global_inflation_per_claim, 0 to 1"},
			{Name: "proof_probability", Kind: api.Number, About: "proof_request_probability, 0 to 1"},
			{Name: "proof_threshold", Kind: api.Count, About: "proof_requirement_threshold, upokt"},
		},
		Whole: s.whatif,
	}
}

func (s *Service) whatif(ctx context.Context, _ *http.Request, q *api.Query) (any, error) {
	change, err := changeOf(q)
	if err != nil {
		return nil, err
	}
	from, to, err := s.heights(ctx, q)
	if err != nil {
		return nil, err
	}
	if to <= 0 {
		to = 1<<63 - 1
	}
	claims, err := whatif.Load(ctx, s.conn, from, to)
	if errors.Is(err, whatif.ErrTooMany) {
		return nil, fmt.Errorf("%w: %w", api.ErrTooMuch, err)
	}
	if errors.Is(err, whatif.ErrUnknown) {
		return nil, fmt.Errorf("%w: %w", api.ErrNotFound, err)
	}
	if err != nil {
		return nil, err
	}
	repriced, err := whatif.Reprice(claims, change)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", api.ErrBadRequest, err)
	}
	chosen := slices.DeleteFunc(repriced, func(c whatif.Repriced) bool {
		return !among(q.Values["supplier"], c.Supplier) || !among(q.Values["application"], c.Application) || !among(q.Values["service"], c.Service)
	})
	return map[string]any{"rows": whatif.Sum(chosen, whatif.By[q.Params["by"]])}, nil
}

// among tells whether a filter lets a value through.
func among(list []string, value string) bool { return len(list) == 0 || slices.Contains(list, value) }

// changeOf reads what is to be different.
func changeOf(q *api.Query) (whatif.Change, error) {
	r := changes{q: q}
	change := whatif.Change{
		Multiplier: r.count("token_multiplier", 0), Granularity: r.count("token_granularity", 1), UnitsPerRelay: r.count("compute_units_per_relay", 1),
		MintRatio: r.share("mint_ratio"), Inflation: r.share("inflation"), Probability: r.share("proof_probability"), Target: r.target("target"),
	}
	if n := r.count("proof_threshold", 0); n != nil {
		threshold := math.NewIntFromUint64(*n)
		change.Threshold = &threshold
	}
	return change, r.err
}

// changes reads parameters that change something, nil where they are not given, and remembers the first bad one.
type changes struct {
	q   *api.Query
	err error
}

func (r *changes) bad(name, want string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s must be %s", api.ErrBadRequest, name, want)
	}
}

// maxCount bounds what is multiplied: the chain's own parameters are far below it.
const maxCount = 1 << 53

func (r *changes) count(name string, least uint64) *uint64 {
	text := r.q.Params[name]
	if text == "" {
		return nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n < least || n > maxCount {
		r.bad(name, fmt.Sprintf("an integer from %d to %d", least, uint64(maxCount)))
	}
	return &n
}

func (r *changes) share(name string) *float64 {
	text := r.q.Params[name]
	if text == "" {
		return nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || !(f >= 0 && f <= 1) {
		r.bad(name, "a number from 0 to 1")
	}
	return &f
}

func (r *changes) target(name string) *difficulty.Target {
	text := r.q.Params[name]
	if text == "" {
		return nil
	}
	raw, err := hex.DecodeString(text)
	target, parsed := difficulty.Parse(raw)
	if err != nil || parsed != nil || target == (difficulty.Target{}) {
		r.bad(name, "64 hex digits, not all zero")
	}
	return &target
}
