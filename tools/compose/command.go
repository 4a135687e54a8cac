package compose

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// command is a program that is run to its end.
type command struct {
	dir   string // where; empty: here
	env   []string
	stdin io.Reader
}

// run returns what the program printed; what it said on standard error is in the error.
func (c command) run(ctx context.Context, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	var said bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdin, cmd.Stderr = c.dir, append(os.Environ(), c.env...), c.stdin, &said
	out, err := cmd.Output()
	if err != nil {
		text := strings.TrimSpace(said.String())
		if len(text) > maxSaid {
			text = "… " + text[len(text)-maxSaid:]
		}
		return out, fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), errors.Join(ctx.Err(), err), text)
	}
	return out, nil
}

// maxSaid is how much of a program's last words an error quotes, bytes.
const maxSaid = 2000

// docker runs the engine's client.
func docker(ctx context.Context, args ...string) ([]byte, error) {
	return command{}.run(ctx, "docker", args...)
}
