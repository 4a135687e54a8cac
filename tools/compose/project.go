package compose

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Project is the whole of Lode under docker compose, on a machine without a registry.
type Project struct {
	Name string // of the project: what its containers' names begin with
	Root string // of the repository
	Dir  string // state on this machine: the chain's home and secrets; absolute
	Tag  string // of the images

	Profile   string        // parameters of the local chain: demo or mainnet
	BlockTime time.Duration // wait between its blocks

	Settings []string // of compose.yaml beside the project's own, as LODE_GATEWAY=127.0.0.1:8080
}

// Up makes and starts all of it. What runs already, and fits, is left alone.
func (p Project) Up(ctx context.Context) error {
	if err := p.prepare(ctx); err != nil {
		return err
	}
	return p.Compose(ctx, "up", "--detach", "--remove-orphans")
}

// Down stops and removes the containers; with all also the volumes and the state on this machine.
func (p Project) Down(ctx context.Context, all bool) error {
	if !all {
		return p.Compose(ctx, "down", "--remove-orphans")
	}
	return errors.Join(p.Compose(ctx, "down", "--remove-orphans", "--volumes"), os.RemoveAll(p.Dir))
}

// Roll replaces one service's container by one of another tag, and leaves all others as they are.
func (p Project) Roll(ctx context.Context, service, tag string) error {
	p.Tag = tag
	return p.Compose(ctx, "up", "--detach", "--no-deps", service)
}

// Compose runs docker compose with the project's files and settings.
func (p Project) Compose(ctx context.Context, args ...string) error {
	name, first := composeCommand(ctx)
	folder := filepath.Join(p.Root, "deploy", "compose")
	files := []string{"--project-name", p.Name, "--file", filepath.Join(folder, "compose.yaml"), "--file", filepath.Join(folder, "compose.local.yaml")}
	c := command{env: append([]string{
		"LODE_TAG=" + p.Tag, fmt.Sprintf("LODE_USER=%d:%d", user, user), "LODE_SECRETS=" + p.secrets(), "LODE_CHAIN_HOME=" + p.chain(),
	}, p.Settings...)}
	_, err := c.run(ctx, name, slices.Concat(first, files, args)...)
	return err
}

// composeCommand is the client's own compose where it has one, else the program of old.
func composeCommand(ctx context.Context) (name string, first []string) {
	if exec.CommandContext(ctx, "docker", "compose", "version").Run() == nil {
		return "docker", []string{"compose"}
	}
	return "docker-compose", nil
}

// Token lets its holder ask the project's analytics.
func (p Project) Token() (string, error) {
	text, err := os.ReadFile(filepath.Join(p.secrets(), tokenFile))
	if err != nil {
		return "", fmt.Errorf("read token: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}
