package doctor

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"strconv"
	"strings"

	"github.com/lodeworks/lode/schemas"
	"github.com/lodeworks/lode/services/kit/ch"
)

// store is a ClickHouse server.
type store struct {
	part          string
	err           error
	version, want int64 // newest migration that has run, and that we have
}

func lookStores(ctx context.Context, parts []Part) (all []store) {
	for _, p := range parts {
		if p.Store == nil {
			continue
		}
		s := store{part: p.Name}
		s.version, s.err = migrated(ctx, *p.Store)
		if want, err := newest(); err != nil {
			s.err = err
		} else {
			s.want = want
		}
		all = append(all, s)
	}
	return all
}

// migrated asks for the newest migration that has run.
func migrated(ctx context.Context, cfg ch.Config) (version int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := ch.Connect(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	err = conn.QueryRow(ctx, "SELECT max(version_id) FROM goose_db_version WHERE is_applied = 1").Scan(&version)
	return version, err
}

// newest is the number of our newest migration.
func newest() (version int64, err error) {
	files, err := fs.Glob(schemas.ClickHouse, "clickhouse/*.sql")
	for _, file := range files {
		number, _, _ := strings.Cut(path.Base(file), "_")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return 0, err
		}
		version = max(version, n)
	}
	return version, err
}

func judgeStores(list []store) (all []Finding) {
	for _, s := range list {
		switch {
		case s.err != nil:
			all = append(all, fail("store", s.part, s.err.Error(), "is ClickHouse there, and has analytics migrated it once?"))
		case s.version < s.want:
			all = append(all, fail("store", s.part, fmt.Sprintf("its tables are of migration %d, ours of %d", s.version, s.want), "start analytics with migrate: true"))
		case s.version > s.want:
			all = append(all, warn("store", s.part, fmt.Sprintf("its tables are of migration %d, this tool knows %d", s.version, s.want), "use the tool of the services' release"))
		default:
			all = append(all, ok("store", s.part, "migration %d", s.version))
		}
	}
	return all
}
