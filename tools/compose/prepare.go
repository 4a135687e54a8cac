package compose

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lodeworks/lode/tools/secrets"
)

// user is who the programs run as, and who may read their secrets.
const user = 65532

// prepare writes what a local project runs on: the chain's home, and every secret. What is there is kept.
func (p Project) prepare(ctx context.Context) error {
	for _, dir := range []string{p.Dir, p.secrets(), p.chain()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("make folder of the project: %w", err)
		}
	}
	if _, err := docker(ctx, "run", "--rm", "--user", "0:0", "--volume", p.chain()+":/var/lib/pocket", "--entrypoint", "/bin/pocketd", "lode-tools:"+p.Tag,
		"init", "--home", "/var/lib/pocket", "--profile", p.Profile, "--block-time", p.BlockTime.String(), "--service", "demo-llm", "--supplier-url", "http://balancer:8545", "--rpc-addr", "0.0.0.0:26657"); err != nil {
		return err
	}
	for _, name := range []string{"suppliers.hex", "gateway.hex"} {
		key, err := os.ReadFile(filepath.Join(p.chain(), "keys", name))
		if err != nil {
			return fmt.Errorf("read test key: %w", err)
		}
		if err := p.keep(name, string(key)); err != nil {
			return err
		}
	}
	if err := secrets.Make(p.secrets(), natsServers); err != nil {
		return err
	}
	for _, name := range []string{"clickhouse.password", tokenFile} {
		if err := p.keep(name, rand.Text()+"\n"); err != nil {
			return err
		}
	}
	return errors.Join(give(p.secrets()), give(p.chain()))
}

// natsServers are the names that the servers' certificate is of.
var natsServers = []string{"nats-1", "nats-2", "nats-3"}

// tokenFile lets its holder ask analytics.
const tokenFile = "analytics.token"

func (p Project) secrets() string { return filepath.Join(p.Dir, "secrets") }
func (p Project) chain() string   { return filepath.Join(p.Dir, "chain") }

// keep writes a secret unless it is there.
func (p Project) keep(name, text string) error {
	path := filepath.Join(p.secrets(), name)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return fmt.Errorf("write secret: %w", err)
	}
	return nil
}

// give makes all below dir the programs'.
func give(dir string) error {
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, user, user)
	})
}
