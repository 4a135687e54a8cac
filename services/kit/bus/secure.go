package bus

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync/atomic"

	"github.com/nats-io/nats.go"
)

// Config says where the bus is, and how to be let in. All files are read again with each new connection: a renewed
// certificate needs no restart.
type Config struct {
	URL      string `koanf:"url"`       // nats://host:port or tls://host:port, comma-separated for a cluster
	SeedFile string `koanf:"seed_file"` // this service's nkey seed, as `lode secrets make` writes it, not readable by everyone; empty: none
	CAFile   string `koanf:"ca_file"`   // PEM certificates that the servers' are signed by, and TLS; empty: the system's, and TLS only by tls://
	CertFile string `koanf:"cert_file"` // PEM certificate of the client, for servers that ask for one; empty: none
	KeyFile  string `koanf:"key_file"`  // PEM key of cert_file
}

// Default is a server on this machine.
func Default() Config { return Config{URL: "nats://127.0.0.1:4222"} }

// Validate names every fault at once.
func (c Config) Validate() error {
	var errs []error
	for server := range strings.SplitSeq(c.URL, ",") {
		u, err := url.Parse(strings.TrimSpace(server))
		if err != nil || u.Host == "" {
			errs = append(errs, fmt.Errorf("bus.url: %q is not a URL with a host", server))
		} else if u.User != nil {
			errs = append(errs, errors.New("bus.url: no user or password belongs there; use seed_file"))
		}
	}
	if c.SeedFile != "" {
		if err := checkSecret(c.SeedFile); err != nil {
			errs = append(errs, fmt.Errorf("bus.seed_file: %w", err))
		}
	}
	if (c.CertFile == "") != (c.KeyFile == "") {
		errs = append(errs, errors.New("bus.cert_file and bus.key_file: both or none"))
	}
	if c.KeyFile != "" {
		if err := checkSecret(c.KeyFile); err != nil {
			errs = append(errs, fmt.Errorf("bus.key_file: %w", err))
		}
	}
	for key, file := range map[string]string{"ca_file": c.CAFile, "cert_file": c.CertFile} {
		if file == "" {
			continue
		}
		if _, err := os.Stat(file); err != nil {
			errs = append(errs, fmt.Errorf("bus.%s: %w", key, err))
		}
	}
	return errors.Join(errs...)
}

// checkSecret tells whether a file may hold a secret.
func checkSecret(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file", path)
	case info.Mode().Perm()&0o007 != 0:
		return fmt.Errorf("everyone may use %s (mode %04o); run chmod 600 on it", path, info.Mode().Perm())
	}
	return nil
}

// access is what the servers ask for before they let a client in.
func (c Config) access() ([]nats.Option, error) {
	var opts []nats.Option
	if c.SeedFile != "" {
		if err := checkSecret(c.SeedFile); err != nil {
			return nil, fmt.Errorf("read seed: %w", err)
		}
		seed, err := nats.NkeyOptionFromSeed(c.SeedFile)
		if err != nil {
			return nil, fmt.Errorf("%s holds no seed of an nkey user: %w", c.SeedFile, err)
		}
		opts = append(opts, seed)
	}
	if c.CAFile != "" {
		opts = append(opts, nats.RootCAs(c.CAFile))
	}
	if c.CertFile != "" {
		opts = append(opts, nats.ClientCert(c.CertFile, c.KeyFile))
	}
	return opts, nil
}

// InboxPrefix is where a service hears replies. Each has its own: none may listen to what others are told.
func InboxPrefix(service string) string { return "_INBOX_" + service }

// faults logs what goes wrong with a connection; a fault that stays is said once.
type faults struct {
	log  *slog.Logger
	last atomic.Pointer[string]
}

func (f *faults) say(msg string, err error) {
	text := err.Error()
	if last := f.last.Swap(&text); last == nil || *last != text {
		f.log.Warn(msg, "err", err)
	}
}

func (f *faults) clear() { f.last.Store(nil) }

// options log every change of the connection. A server that refuses us is asked again: it may be given our key later.
func (f *faults) options() []nats.Option {
	return []nats.Option{
		nats.IgnoreAuthErrorAbort(),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil { // nil: we closed the connection
				f.say("bus disconnected", err)
			}
		}),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { f.say("bus not reached", err) }),
		nats.ReconnectHandler(func(*nats.Conn) { f.clear(); f.log.Info("bus reconnected") }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			switch {
			case errors.Is(err, nats.ErrAuthorization): // said above
			case errors.Is(err, nats.ErrPermissionViolation):
				f.say("bus refused", err)
			default:
				f.say("bus fault", err)
			}
		}),
	}
}
