package bench

import (
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/lodeworks/lode/services/pocket/curve"
)

// cost is what one operation takes.
type cost struct{ nanoseconds, bytes, allocations float64 }

// times is how many times as long as c the other takes.
func (c cost) times(other cost) float64 { return other.nanoseconds / c.nanoseconds }

// way is one way to do some work: ours, ours on another tier, or an official library's.
type way struct {
	tier       curve.Tier // of the curve's arithmetic
	operations int        // in a call of run, each on another input
	run        func() error
}

// ours is a way of ours on the best tier.
func ours(operations int, run func() error) way { return way{curve.Best(), operations, run} }

// theirs is the way of an official library, to which the tier is all the same.
func theirs(operations int, run func() error) way { return ours(operations, run) }

// compare has ways take turns, round after round, and returns the median cost of each.
func (c *Config) compare(ways ...way) ([]cost, error) {
	rounds := make([][]cost, len(ways))
	for range c.Rounds {
		for i := range ways {
			m, err := ways[i].measure(c.Least)
			if err != nil {
				return nil, err
			}
			rounds[i] = append(rounds[i], m)
		}
	}
	medians := make([]cost, len(ways))
	for i := range ways {
		medians[i] = median(rounds[i])
	}
	return medians, curve.Use(curve.Best())
}

// measure works for one round.
func (w *way) measure(least time.Duration) (cost, error) {
	if err := curve.Use(w.tier); err != nil {
		return cost{}, err
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	operations, begin := 0, time.Now()
	for operations == 0 || time.Since(begin) < least {
		if err := w.run(); err != nil {
			return cost{}, fmt.Errorf("measure: %w", err)
		}
		operations += w.operations
	}
	took, n := time.Since(begin), float64(operations)
	runtime.ReadMemStats(&after)
	return cost{
		nanoseconds: float64(took.Nanoseconds()) / n,
		bytes:       float64(after.TotalAlloc-before.TotalAlloc) / n,
		allocations: float64(after.Mallocs-before.Mallocs) / n,
	}, nil
}

// median takes the median of each of the costs' numbers.
func median(costs []cost) cost {
	middle := func(of func(cost) float64) float64 {
		values := make([]float64, len(costs))
		for i, c := range costs {
			values[i] = of(c)
		}
		slices.Sort(values)
		n := len(values)
		return (values[(n-1)/2] + values[n/2]) / 2
	}
	return cost{
		nanoseconds: middle(func(c cost) float64 { return c.nanoseconds }),
		bytes:       middle(func(c cost) float64 { return c.bytes }),
		allocations: middle(func(c cost) float64 { return c.allocations }),
	}
}

// onOneCore does f with one core for everything, the garbage collector too.
func onOneCore(f func() error) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	return f()
}
