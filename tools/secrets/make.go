package secrets

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/lodeworks/lode/services/kit/bus"
)

// Operator names the user who may do everything: create streams, and look at them.
const Operator = "operator"

// Names of files in the folder that Make fills; besides them SERVICE.nk of each service, and operator.nk.
const (
	CAFile     = "ca.pem"   // certificate of the authority
	caKeyFile  = "ca.key"   // its key: needed by Make only, and best kept elsewhere
	ServerFile = "nats.pem" // certificate of the servers, for clients and between them
	ServerKey  = "nats.key"
	UsersFile  = "users.conf" // accounts, users and permissions; deploy/nats/server.conf includes it
)

// Modes of what only its owner, and of what everyone may read.
const (
	private os.FileMode = 0o600
	public  os.FileMode = 0o644
)

// SeedFile is the name of a service's file.
func SeedFile(service string) string { return service + ".nk" }

// Client is how a user reaches the bus with what is in a folder.
func Client(dir, user, url string) bus.Config {
	return bus.Config{URL: url, SeedFile: filepath.Join(dir, SeedFile(user)), CAFile: filepath.Join(dir, CAFile)}
}

// Door is how an embedded server of the folder lets users in.
func Door(dir string) bus.Door {
	return bus.Door{UsersFile: filepath.Join(dir, UsersFile), CertFile: filepath.Join(dir, ServerFile), KeyFile: filepath.Join(dir, ServerKey)}
}

// Make fills a folder, made when missing. Keys that are there stay; the servers' certificate is made again when it is not
// good for the hosts or for the next month; users.conf is always written, for what is declared may have changed. Without
// hosts those of the certificate that is there stay.
func Make(dir string, hosts []string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make folder of secrets: %w", err)
	}
	if err := certify(dir, hosts); err != nil {
		return err
	}
	t, err := bus.Declared()
	if err != nil {
		return err
	}
	keys := map[string]string{}
	for _, name := range append(Services(t), Operator) {
		if keys[name], err = ensureSeed(filepath.Join(dir, SeedFile(name))); err != nil {
			return fmt.Errorf("key of %s: %w", name, err)
		}
	}
	return write(filepath.Join(dir, UsersFile), []byte(Users(t, keys)), public)
}

// write replaces a file at once: who reads it sees the old or the new one.
func write(path string, raw []byte, mode os.FileMode) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(f.Name()))
		}
	}()
	if _, err := f.Write(raw); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := errors.Join(f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
