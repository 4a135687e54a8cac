package compose

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// Container is one as it is now.
type Container struct {
	ID      string
	Service string // as compose.yaml names it
	Running bool
	PID     int    // of its first process, as this machine sees it; 0: it does not run
	Exit    int    // its status when it does not run
	Address string // in the project's network; empty: it is not connected
	Image   string // id of the image it was made of
	Health  string // what the engine's health checks say: healthy, unhealthy, starting; empty: it has none
}

// network is the one that compose makes for a project.
func (p Project) network() string { return p.Name + "_default" }

// Containers lists the project's, by service.
func (p Project) Containers(ctx context.Context) (map[string]Container, error) {
	ids, err := docker(ctx, "ps", "--all", "--quiet", "--no-trunc", "--filter", "label=com.docker.compose.project="+p.Name)
	if err != nil {
		return nil, err
	}
	list := strings.Fields(string(ids))
	if len(list) == 0 {
		return map[string]Container{}, nil
	}
	text, err := docker(ctx, append([]string{"inspect"}, list...)...)
	if err != nil {
		return nil, err
	}
	return containers(text, p.network())
}

// containers reads what `docker inspect` says.
func containers(text []byte, network string) (map[string]Container, error) {
	var said []struct {
		ID    string `json:"Id"`
		Image string
		State struct {
			Running  bool
			Pid      int
			ExitCode int
			Health   struct{ Status string }
		}
		Config          struct{ Labels map[string]string }
		NetworkSettings struct {
			Networks map[string]struct{ IPAddress string }
		}
	}
	if err := json.Unmarshal(text, &said); err != nil {
		return nil, fmt.Errorf("read what the engine says of containers: %w", err)
	}
	all := map[string]Container{}
	for _, c := range said {
		service := c.Config.Labels["com.docker.compose.service"]
		all[service] = Container{
			ID: c.ID, Service: service, Running: c.State.Running, PID: c.State.Pid, Exit: c.State.ExitCode, Image: c.Image, Health: c.State.Health.Status,
			Address: c.NetworkSettings.Networks[network].IPAddress,
		}
	}
	return all, nil
}

// errNoContainer is returned when a service has no container that runs.
var errNoContainer = errors.New("no container runs of service")

// Container returns the one of a service, which must run.
func (p Project) Container(ctx context.Context, service string) (Container, error) {
	all, err := p.Containers(ctx)
	if err != nil {
		return Container{}, err
	}
	c := all[service]
	if !c.Running {
		return c, fmt.Errorf("%w %s", errNoContainer, service)
	}
	return c, nil
}

// Kill ends a container's process with SIGKILL, as a crash would: the engine starts it again.
func (p Project) Kill(ctx context.Context, service string) error {
	c, err := p.Container(ctx, service)
	if err != nil {
		return err
	}
	if err := syscall.Kill(c.PID, syscall.SIGKILL); err != nil {
		return fmt.Errorf("kill the process of %s: %w", service, err)
	}
	return nil
}

// Restart stops a container and starts it again.
func (p Project) Restart(ctx context.Context, service string) error {
	return p.Compose(ctx, "restart", service)
}

// Disconnect takes a container off the network.
func (p Project) Disconnect(ctx context.Context, service string) error {
	c, err := p.Container(ctx, service)
	if err != nil {
		return err
	}
	_, err = docker(ctx, "network", "disconnect", p.network(), c.ID)
	return err
}

// Connect puts a container that was taken off back on the network.
func (p Project) Connect(ctx context.Context, service string) error {
	c, err := p.Container(ctx, service)
	if err != nil {
		return err
	}
	_, err = docker(ctx, "network", "connect", "--alias", service, p.network(), c.ID)
	return err
}

// Logs writes what each container has said into dir, as SERVICE.log.
func (p Project) Logs(ctx context.Context, dir string) error {
	all, err := p.Containers(ctx)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make folder of logs: %w", err)
	}
	var errs []error
	for service, c := range all {
		text, err := exec.CommandContext(ctx, "docker", "logs", "--timestamps", c.ID).CombinedOutput()
		errs = append(errs, err, os.WriteFile(filepath.Join(dir, service+".log"), text, 0o600))
	}
	return errors.Join(errs...)
}
