package analytics

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lodeworks/lode/tools/analyticsapi"
)

// timing is how long the answers to one question took.
type timing struct {
	name string
	took []time.Duration
}

// ask asks every question rounds times, in turn, each about a span at random, and compares every answer with the reference.
func (h history) ask(ctx context.Context, api *analyticsapi.Client, questions []question, rounds int, say func(string, ...any)) (all []timing, err error) {
	random := rand.New(rand.NewPCG(h.seed, 1))
	all = make([]timing, len(questions))
	for round := range rounds {
		say("round %d of %d of %d questions", round+1, rounds, len(questions))
		for i, q := range questions {
			took, err := h.askOne(ctx, api, q, h.spanOf(q, random))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", q.name, err)
			}
			all[i].name = q.name
			all[i].took = append(all[i].took, took)
		}
	}
	return all, nil
}

// spanOf is a span of the question's length within the history.
func (h history) spanOf(q question, random *rand.Rand) span {
	whole := span{begin, timeOf(endOf(h.sessions - 1))}
	if q.length == 0 || whole.to.Sub(whole.from) <= q.length {
		return span{begin, timeOf(endOf(h.sessions) + sessionBlocks)}
	}
	steps := int64((whole.to.Sub(whole.from) - q.length) / q.step)
	from := begin.Add(time.Duration(random.Int64N(steps+1)) * q.step)
	return span{from, from.Add(q.length)}
}

func (h history) askOne(ctx context.Context, api *analyticsapi.Client, q question, in span) (time.Duration, error) {
	values := url.Values{"limit": {"5000"}}
	if q.path != "/v1/suppliers" {
		values.Set("group_by", strings.Join(q.groups, ","))
	}
	if q.length > 0 {
		values.Set("from", strconv.FormatInt(in.from.Unix(), 10))
		values.Set("to", strconv.FormatInt(in.to.Unix(), 10))
	}
	maps.Copy(values, q.filter)
	var page struct {
		Rows []json.RawMessage `json:"rows"`
	}
	begun := time.Now()
	if err := api.Get(ctx, q.path, values, &page); err != nil {
		return 0, err
	}
	took := time.Since(begun)
	return took, q.want(h, in).check(q.groups, page.Rows)
}

// quantile is the time within which that share of the answers came.
func quantile(took []time.Duration, level float64) time.Duration {
	sorted := slices.Sorted(slices.Values(took))
	return sorted[max(int(math.Ceil(level*float64(len(sorted))))-1, 0)]
}
