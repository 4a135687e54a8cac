package ch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// replicated are the rules by which a statement for one server is one for a cluster whose servers are all replicas of one
// shard: it is run on each of them, and an engine keeps its rows alike on all. Where a replica is in the keeper is the
// servers' own setting default_replica_path.
var replicated = []struct {
	pattern *regexp.Regexp
	by      string
}{
	{regexp.MustCompile(`(?m)^(CREATE TABLE IF NOT EXISTS|ALTER TABLE) (\w+)`), "$1 $2 ON CLUSTER '{name}'"},
	{regexp.MustCompile(`(?m)^(DROP TABLE IF EXISTS \w+)`), "$1 ON CLUSTER '{name}' SYNC"},
	{regexp.MustCompile(`(?m)^ENGINE = (\w*MergeTree)`), "ENGINE = Replicated$1"},
}

// OnCluster is a migration as the cluster's servers run it; without a name as it stands.
func OnCluster(sql, name string) string {
	if name == "" {
		return sql
	}
	for _, rule := range replicated {
		sql = rule.pattern.ReplaceAllString(sql, strings.ReplaceAll(rule.by, "{name}", name))
	}
	return sql
}

// clustered is a folder of migrations as a cluster's servers run them.
type clustered struct {
	fs.FS
	name string
}

// Open opens a migration, rewritten.
func (c clustered) Open(name string) (fs.File, error) {
	file, err := c.FS.Open(name)
	if err != nil || c.name == "" || path.Ext(name) != ".sql" {
		return file, err
	}
	raw, err := io.ReadAll(file)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read migration %s: %w", name, err), file.Close())
	}
	return &rewritten{file, strings.NewReader(OnCluster(string(raw), c.name))}, nil
}

// rewritten is a file with another content.
type rewritten struct {
	fs.File
	text *strings.Reader
}

func (r *rewritten) Read(p []byte) (int, error) { return r.text.Read(p) }

// sqlVersions is goose's own table: it would make one on a single server, and another replica would be migrated again.
const sqlVersions = `
CREATE TABLE IF NOT EXISTS goose_db_version
(
    version_id Int64,
    is_applied UInt8,
    date Date DEFAULT now(),
    tstamp DateTime DEFAULT now()
)
ENGINE = MergeTree
ORDER BY version_id`

// Catch returns when the server that answers has everything of a table that any replica had acknowledged before. On a
// single server it has.
func Catch(ctx context.Context, conn driver.Conn, cfg Config, table string) error {
	if cfg.Cluster == "" {
		return nil
	}
	if err := conn.Exec(ctx, "SYSTEM SYNC REPLICA "+table+" LIGHTWEIGHT"); err != nil {
		return fmt.Errorf("wait for the replica of %s: %w", table, err)
	}
	return nil
}
