package relayer

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/lodeworks/lode/services/facts/factstest"
)

// child is the relayer's process.
type child struct {
	cmd     *exec.Cmd
	address string // of the relay endpoint
	observe string // of its metrics and profiles
}

// settings are the relayer's; what they leave out is its default.
const settings = `observe: {listen: "%s", log_level: warn, pprof: true}
bus: {url: "%s"}
chain: {nodes: ["%s"]}
listen: "%s"
keys: {file: "%s"}
stale_after: 24h
services: {%s: {backend: "%s", pools: {websocket: {backends: {a: {url: "%s"}}}}}}
`

func startChild(ctx context.Context, program string, s *scene) (*child, error) {
	c := &child{}
	for _, a := range []*string{&c.address, &c.observe} {
		var err error
		if *a, err = freeAddress(); err != nil {
			return nil, err
		}
	}
	keys := factstest.KeyFile(s, s.world.Suppliers...)
	text := fmt.Sprintf(settings, c.observe, s.busURL, s.world.URL(), c.address, keys, factstest.Service, s.backend, s.backend)
	path := filepath.Join(s.dir, "relayer.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return nil, err
	}
	c.cmd = exec.CommandContext(ctx, program, "-config", path)
	c.cmd.Stderr = os.Stderr
	c.cmd.Cancel = func() error { return c.cmd.Process.Signal(syscall.SIGTERM) }
	c.cmd.WaitDelay = 15 * time.Second
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the relayer: %w", err)
	}
	return c, c.ready(ctx)
}

// freeAddress is one that was free a moment ago.
func freeAddress() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return ln.Addr().String(), ln.Close()
}

// ready returns when the relayer says so.
func (c *child) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		res, err := http.Get("http://" + c.observe + "/readyz")
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	return fmt.Errorf("the relayer was not ready: %w", ctx.Err())
}

// cpuOf is the processor time that a process has used.
func cpuOf(pid int) (time.Duration, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:])) // from field 3 on
	const user, system, tick = 14 - 3, 15 - 3, 10 * time.Millisecond
	var sum time.Duration
	for _, at := range []int{user, system} {
		n, err := strconv.ParseInt(fields[at], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read /proc: %w", err)
		}
		sum += time.Duration(n) * tick
	}
	return sum, nil
}

// profile writes a CPU profile of the relayer's next seconds to a file.
func (c *child) profile(path string, d time.Duration) error {
	res, err := http.Get(fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", c.observe, max(1, int(d.Seconds()))))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("profile: %s", res.Status)
	}
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	return os.WriteFile(path, raw, 0o600)
}

// stop ends the relayer and waits for it.
func (c *child) stop() error {
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return c.cmd.Wait()
}
