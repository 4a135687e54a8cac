package ch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Config says where ClickHouse is.
type Config struct {
	// DSN is http://host:port/database or clickhouse://host:port/database; without a password.
	DSN string `koanf:"dsn"`
	// HTTP is http://host:port of the same server for answers that it formats itself; empty: the dsn's, which is http then.
	HTTP string `koanf:"http"`
	// User of a server that asks for one; empty: the server's default user.
	User string `koanf:"user"`
	// PasswordFile holds the password; empty: none.
	PasswordFile string `koanf:"password_file"`
	// Cluster names a cluster of the servers' remote_servers, of one shard, and a keeper that they share: tables are then
	// made on all of its servers, as replicas, and an insert counts when most have it. The dsn may name several of them,
	// with commas in between: the first that answers is asked. Empty: one server.
	Cluster string `koanf:"cluster"`
	// Timeout bounds one query or insert.
	Timeout time.Duration `koanf:"timeout"`
}

// Default is the embedded engine, or a server's HTTP port, on this machine.
func Default() Config {
	return Config{DSN: "http://127.0.0.1:8123/default", Timeout: time.Minute}
}

// Validate names every fault at once.
func (c Config) Validate() error {
	var errs []error
	if o, err := clickhouse.ParseDSN(c.DSN); err != nil || o.Addr[0] == "" || !knownScheme(c.DSN) {
		errs = append(errs, errors.New("clickhouse.dsn: must be http://host:port/database or clickhouse://host:port/database"))
	} else if o.Auth.Password != "" {
		errs = append(errs, errors.New("clickhouse.dsn: must not hold a password, see password_file"))
	}
	if _, err := NewAsker(Config{DSN: c.DSN, HTTP: c.HTTP}); err != nil && len(errs) == 0 {
		errs = append(errs, err)
	}
	if c.PasswordFile != "" {
		if _, err := os.Stat(c.PasswordFile); err != nil {
			errs = append(errs, fmt.Errorf("clickhouse.password_file: %w", err))
		}
	}
	if !clusterName.MatchString(c.Cluster) {
		errs = append(errs, errors.New("clickhouse.cluster: must be letters, digits, - and _"))
	}
	if c.Timeout <= 0 {
		errs = append(errs, errors.New("clickhouse.timeout: must be positive"))
	}
	return errors.Join(errs...)
}

// clusterName is what a cluster can be called; it is written into statements.
var clusterName = regexp.MustCompile(`^[A-Za-z0-9_-]{0,64}$`)

// knownScheme tells whether the client knows the DSN's protocol; it takes others for clickhouse://.
func knownScheme(dsn string) bool {
	scheme, _, _ := strings.Cut(dsn, "://")
	return slices.Contains([]string{"http", "https", "clickhouse"}, scheme)
}

// options turns the configuration into the client's.
func (c Config) options() (*clickhouse.Options, error) {
	o, err := clickhouse.ParseDSN(c.DSN)
	if err != nil {
		return nil, fmt.Errorf("parse clickhouse dsn: %w", err)
	}
	if c.User != "" {
		o.Auth.Username = c.User
	}
	if c.PasswordFile != "" {
		raw, err := os.ReadFile(c.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("read clickhouse password: %w", err)
		}
		o.Auth.Password = strings.TrimSpace(string(raw))
	}
	if c.Cluster != "" {
		if o.Settings == nil {
			o.Settings = clickhouse.Settings{}
		}
		o.Settings["insert_quorum"] = "auto" // a fact is acknowledged to the bus when it survives the loss of a server
	}
	o.ReadTimeout = c.Timeout
	o.DialTimeout = min(c.Timeout, 10*time.Second)
	return o, nil
}

// Connect opens ClickHouse and waits for one that is not there yet until ctx ends. The connection is safe for
// concurrent use.
func Connect(ctx context.Context, cfg Config, log *slog.Logger) (driver.Conn, error) {
	o, err := cfg.options()
	if err != nil {
		return nil, err
	}
	conn, err := clickhouse.Open(o)
	if err != nil {
		return nil, fmt.Errorf("open clickhouse: %w", err)
	}
	for attempt := 1; ; attempt++ {
		err := conn.Ping(ctx)
		if err == nil {
			return conn, nil
		}
		if attempt%25 == 1 {
			log.Warn("clickhouse does not answer yet", "attempt", attempt, "err", err)
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("wait for clickhouse: %w", ctx.Err()), err, conn.Close())
		case <-time.After(200 * time.Millisecond):
		}
	}
}
