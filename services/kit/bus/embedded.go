package bus

import (
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// MaxPayload is the largest message the bus takes: a relay log group of half a megabyte, or one very large relay.
const MaxPayload = 32 << 20

// Door is whom an embedded server lets in.
type Door struct {
	UsersFile         string // configuration of accounts and users, as `lode secrets make` writes it
	CertFile, KeyFile string // its certificate and key, PEM
}

// Embedded starts a NATS server with JetStream inside this process, open to everyone on this machine: one node, file
// store, every write synced. port -1 takes a free one. Stop it with Shutdown and WaitForShutdown.
func Embedded(dir string, port int) (*server.Server, error) {
	return embed(&server.Options{}, dir, port)
}

// EmbeddedSecured is Embedded with TLS, for users only.
func EmbeddedSecured(dir string, port int, d Door) (*server.Server, error) {
	opts, err := server.ProcessConfigFile(d.UsersFile)
	if err != nil {
		return nil, fmt.Errorf("configure embedded nats: %w", err)
	}
	if opts.TLSConfig, err = server.GenTLSConfig(&server.TLSConfigOpts{CertFile: d.CertFile, KeyFile: d.KeyFile}); err != nil {
		return nil, fmt.Errorf("configure embedded nats: %w", err)
	}
	opts.TLSTimeout = 5 // seconds; a busy machine is slow to begin
	return embed(opts, dir, port)
}

// embed starts a server of opts with what all embedded ones have.
func embed(opts *server.Options, dir string, port int) (*server.Server, error) {
	opts.ServerName, opts.Host, opts.Port, opts.NoSigs, opts.NoLog = "lode", "127.0.0.1", port, true, true
	opts.JetStream, opts.StoreDir, opts.SyncAlways, opts.MaxPayload = true, dir, true, MaxPayload
	opts.JetStreamMaxMemory, opts.JetStreamMaxStore = 256<<20, 64<<30
	s, err := server.NewServer(opts)
	if err != nil {
		return nil, fmt.Errorf("configure embedded nats: %w", err)
	}
	go s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		s.Shutdown()
		return nil, errors.New("embedded nats did not start within 20 s (is the port taken, or another server on this folder?)")
	}
	return s, nil
}
