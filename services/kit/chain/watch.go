package chain

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	watchTimeout = 5 * time.Second  // of the question how a node is
	watchRest    = 15 * time.Second // longest time until a node that is down is asked again
)

// Watch asks every node how it is, again and again until ctx ends, so that requests go to one that is well. It logs when
// that changes, and registers the client's metrics. It is called at most once.
func (c *Client) Watch(ctx context.Context, log *slog.Logger, reg prometheus.Registerer) {
	if c.cfg.WatchEvery <= 0 {
		return
	}
	c.metrics.register(reg)
	c.watched(true)
	defer c.watched(false)
	var group sync.WaitGroup
	for _, n := range c.nodes {
		if c.cfg.Subscribe {
			group.Go(func() { c.listen(ctx, n, log) })
		}
		group.Go(func() {
			for ctx.Err() == nil {
				failures := c.look(ctx, n)
				c.tell(log)
				c.spread()
				select {
				case <-ctx.Done():
				case <-time.After(rest(c.cfg.WatchEvery, failures)):
				}
			}
		})
	}
	group.Wait()
}

func (c *Client) watched(now bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watching = now
}

// rest is how long a node is left alone that did not answer so many times in a row.
func rest(every time.Duration, failures int) time.Duration {
	return max(every, min(every<<min(failures, 20), watchRest))
}

// look asks one node how it is, and returns how many requests in a row it did not answer.
func (c *Client) look(ctx context.Context, n *node) (failures int) {
	asked, cancel := context.WithTimeout(ctx, min(c.cfg.Timeout, watchTimeout))
	defer cancel()
	_, err := c.status(asked, n)
	if ctx.Err() != nil {
		return 0
	}
	if err != nil { // also when it answers with an error: it cannot say how it is
		c.failed(n, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		n.failures, n.err = 0, nil
	}
	return n.failures
}

// tell says whose state has changed.
func (c *Client) tell(log *slog.Logger) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.nodes {
		at, fault := c.judge(n)
		good := 0.0
		if at == well {
			good = 1
		}
		c.metrics.well.WithLabelValues(n.name).Set(good)
		c.metrics.height.WithLabelValues(n.name).Set(float64(n.height))
		if at == n.told {
			continue
		}
		n.told = at
		if at == well {
			log.Info("chain node is well", "node", n.name, "height", n.height)
		} else {
			log.Warn("chain node is passed over", "node", n.name, "height", n.height, "err", fault)
		}
	}
}
