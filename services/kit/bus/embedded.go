package bus

import (
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// MaxPayload is the largest message the bus takes: a relay log group of half a megabyte, or one very large relay.
const MaxPayload = 32 << 20

// Embedded starts a NATS server with JetStream inside this process: one node, file store, every write synced.
// port -1 takes a free one. Stop it with Shutdown and WaitForShutdown.
func Embedded(dir string, port int) (*server.Server, error) {
	s, err := server.NewServer(&server.Options{
		ServerName: "lode", Host: "127.0.0.1", Port: port, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: dir, SyncAlways: true, MaxPayload: MaxPayload,
		JetStreamMaxMemory: 256 << 20, JetStreamMaxStore: 64 << 30,
	})
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
