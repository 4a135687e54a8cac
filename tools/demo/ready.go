package demo

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/lodeworks/lode/tools/stack"
)

// awaitReady returns when every service says that it makes progress.
func awaitReady(ctx context.Context, o stack.Options) error {
	for {
		waiting := notReady(ctx, o)
		if len(waiting) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not ready: %s: %w (see %s/logs)", strings.Join(waiting, "; "), ctx.Err(), o.Dir)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// notReady names the services that are not ready, and why.
func notReady(ctx context.Context, o stack.Options) []string {
	var waiting []string
	for name, port := range o.Ports.Observe {
		if why := probe(ctx, fmt.Sprintf("http://127.0.0.1:%d/readyz", port)); why != "" {
			waiting = append(waiting, name+": "+why)
		}
	}
	return waiting
}

func probe(ctx context.Context, url string) string {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err.Error()
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "not listening"
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusOK {
		return ""
	}
	why, _ := io.ReadAll(io.LimitReader(res.Body, 300))
	return strings.TrimSpace(string(why))
}
