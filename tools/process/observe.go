package process

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// FreeAddress is one on this machine that was free a moment ago.
func FreeAddress() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return ln.Addr().String(), ln.Close()
}

// Ready returns when the process says so; an error when it does not within 30 s, or ends.
func (p *Process) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		if _, err := p.get("/readyz"); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the process is not ready: %w", ctx.Err())
		case <-p.ended:
			return fmt.Errorf("the process has ended: %w", p.err)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// client gives up soon: a paused process answers nothing.
var client = &http.Client{Timeout: 2 * time.Second}

func (p *Process) get(path string) ([]byte, error) { return p.getBy(client, path) }

func (p *Process) getBy(c *http.Client, path string) ([]byte, error) {
	res, err := c.Get("http://" + p.observe + path)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("get %s: %s", path, res.Status)
	}
	return io.ReadAll(res.Body)
}

// Metrics are the process's metrics now, by name; those of one name and several labels are added up.
func (p *Process) Metrics() (map[string]float64, error) {
	raw, err := p.get("/metrics")
	if err != nil {
		return nil, err
	}
	return parseMetrics(string(raw))
}

// parseMetrics reads Prometheus' text format.
func parseMetrics(text string) (map[string]float64, error) {
	out := map[string]float64{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		end := strings.LastIndexByte(line, ' ')
		if end < 0 {
			return nil, fmt.Errorf("metric without a value: %.80q", line)
		}
		value, err := strconv.ParseFloat(line[end+1:], 64)
		if err != nil {
			return nil, fmt.Errorf("metric %.80q: %w", line, err)
		}
		name, _, _ := strings.Cut(line[:end], "{")
		out[name] += value
	}
	return out, nil
}

// Goroutines tells where the process's goroutines are, those at the same place together.
func (p *Process) Goroutines() (string, error) {
	raw, err := p.get("/debug/pprof/goroutine?debug=1")
	return string(raw), err
}

// Profile writes a CPU profile of the process's next seconds to a file.
func (p *Process) Profile(path string, d time.Duration) error {
	seconds := max(1, int(d.Seconds()))
	raw, err := p.getBy(http.DefaultClient, fmt.Sprintf("/debug/pprof/profile?seconds=%d", seconds))
	if err != nil {
		return err
	}
	return os.WriteFile(path, raw, 0o600)
}
