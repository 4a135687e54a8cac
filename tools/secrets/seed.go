package secrets

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/nats-io/nkeys"
)

// ensureSeed returns the public key of the seed in a file; a file that is not there is made.
func ensureSeed(path string) (string, error) {
	raw, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return newSeed(path)
	case err != nil:
		return "", err
	}
	pair, err := nkeys.FromSeed(bytes.TrimSpace(raw))
	if err != nil {
		return "", fmt.Errorf("%s holds no seed: %w", path, err)
	}
	defer pair.Wipe()
	key, err := pair.PublicKey()
	if err == nil && !nkeys.IsValidPublicUserKey(key) {
		err = fmt.Errorf("%s holds the seed of something else than a user", path)
	}
	return key, err
}

func newSeed(path string) (string, error) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return "", fmt.Errorf("make an nkey: %w", err)
	}
	defer pair.Wipe()
	seed, err := pair.Seed()
	if err != nil {
		return "", fmt.Errorf("make an nkey: %w", err)
	}
	if err := write(path, append(seed, '\n'), private); err != nil {
		return "", err
	}
	return pair.PublicKey()
}
