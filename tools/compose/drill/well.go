package drill

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lodeworks/lode/tools/compose"
)

// jobs are the services that end.
var jobs = []string{"topology", "volumes"}

// health is where a service says that it is well; one with neither port nor path is well while it runs.
func health(service string) string {
	switch {
	case strings.HasPrefix(service, "nats"):
		return ":8222/healthz"
	case service == "clickhouse":
		return ":8123/ping"
	case service == "chain":
		return ":26657/status"
	case service == "prometheus":
		return ":9090/-/ready"
	case service == "balancer", strings.HasPrefix(service, "model"):
		return ""
	}
	return ":9464/readyz"
}

// awaitWell returns when every container runs and says that it is well, and the chain has made a block since.
func (d Drill) awaitWell(ctx context.Context, within time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	first := int64(0)
	for {
		height, ill := d.look(ctx)
		if first == 0 {
			first = height
		}
		if len(ill) == 0 && height > first {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not well within %s: %s, height %d: %w", within, strings.Join(ill, "; "), height, ctx.Err())
		case <-time.After(250 * time.Millisecond):
		}
	}
}

// look returns the chain's height, 0 when it does not answer, and who is not well and why.
func (d Drill) look(ctx context.Context) (height int64, ill []string) {
	all, err := d.Project.Containers(ctx)
	if err != nil {
		return 0, []string{err.Error()}
	}
	for service, c := range all {
		why := ""
		switch {
		case slices.Contains(jobs, service):
			if c.Running || c.Exit != 0 {
				why = "has not ended well"
			}
		case !c.Running:
			why = "does not run"
		case service == "chain":
			height, why = blocks(ctx, c)
		case health(service) != "":
			if _, err := get(ctx, "http://"+c.Address+health(service)); err != nil {
				why = err.Error()
			}
		}
		if why != "" {
			ill = append(ill, service+": "+why)
		}
	}
	slices.Sort(ill)
	return height, ill
}

// blocks is the height of the chain's node.
func blocks(ctx context.Context, c compose.Container) (int64, string) {
	text, err := get(ctx, "http://"+c.Address+health(c.Service))
	if err != nil {
		return 0, err.Error()
	}
	var said struct {
		Result struct {
			Sync struct {
				Height string `json:"latest_block_height"`
			} `json:"sync_info"`
		}
	}
	if err := json.Unmarshal(text, &said); err != nil {
		return 0, err.Error()
	}
	height, err := strconv.ParseInt(said.Result.Sync.Height, 10, 64)
	if err != nil {
		return 0, err.Error()
	}
	return height, ""
}

// client gives up soon: a container that has just been ended answers nothing.
var client = &http.Client{Timeout: 2 * time.Second}

// maxAnswer bounds what is read of an answer, bytes.
const maxAnswer = 8 << 20

func get(ctx context.Context, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %.200s", res.Status, strings.TrimSpace(string(text)))
	}
	return text, err
}
