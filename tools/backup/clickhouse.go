package backup

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/lodeworks/lode/schemas"
	"github.com/lodeworks/lode/services/kit/ch"
)

// versions is the migrations' own table: who restores has applied them.
const versions = "goose_db_version"

// ClickHouse copies every table of the database into dir. said is told of each.
func ClickHouse(ctx context.Context, cfg ch.Config, dir string, said func(table string, bytes int64)) error {
	store, err := ch.NewAsker(cfg)
	if err != nil {
		return err
	}
	tables, err := tablesOf(ctx, store)
	if err != nil {
		return err
	}
	folder := filepath.Join(dir, "clickhouse")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	for _, table := range tables {
		n, err := dump(ctx, store, table, filepath.Join(folder, table+".native"))
		if err != nil {
			return fmt.Errorf("back up table %s: %w", table, err)
		}
		said(table, n)
	}
	return nil
}

// tablesOf lists the tables that hold rows.
func tablesOf(ctx context.Context, store *ch.Asker) ([]string, error) {
	answer, err := store.Ask(ctx, ch.Question{
		SQL: "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree' AND name != '" + versions + "' ORDER BY name", Format: "TabSeparated",
	})
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	defer func() { _ = answer.Close() }()
	var names []string
	lines := bufio.NewScanner(answer)
	for lines.Scan() {
		names = append(names, lines.Text())
	}
	return names, lines.Err()
}

func dump(ctx context.Context, store *ch.Asker, table, file string) (n int64, err error) {
	out, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	rows, err := store.Ask(ctx, ch.Question{SQL: "SELECT * FROM `" + table + "`", Format: "Native"})
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }()
	return io.Copy(out, rows)
}

// RestoreClickHouse makes the tables and brings the rows in dir into them. A table that has rows already is a mistake:
// nothing is restored then.
func RestoreClickHouse(ctx context.Context, cfg ch.Config, dir string, said func(table string)) error {
	if _, err := ch.Migrate(ctx, cfg, schemas.Migrations()); err != nil {
		return err
	}
	store, err := ch.NewAsker(cfg)
	if err != nil {
		return err
	}
	tables, err := filepath.Glob(filepath.Join(dir, "clickhouse", "*.native"))
	if err != nil || len(tables) == 0 {
		return errors.Join(fmt.Errorf("no tables in %s", dir), err)
	}
	for _, file := range tables {
		if err := empty(ctx, store, tableOf(file)); err != nil {
			return err
		}
	}
	for _, file := range tables {
		if err := load(ctx, store, file); err != nil {
			return fmt.Errorf("restore table %s: %w", tableOf(file), err)
		}
		said(tableOf(file))
	}
	return nil
}

func tableOf(file string) string { return strings.TrimSuffix(filepath.Base(file), ".native") }

// empty is an error unless the table is there and has no rows.
func empty(ctx context.Context, store *ch.Asker, table string) error {
	answer, err := store.Ask(ctx, ch.Question{SQL: "SELECT count() FROM `" + table + "`", Format: "TabSeparated"})
	if err != nil {
		return fmt.Errorf("look into table %s: %w", table, err)
	}
	defer func() { _ = answer.Close() }()
	count, err := io.ReadAll(answer)
	if err == nil && strings.TrimSpace(string(count)) != "0" {
		err = fmt.Errorf("table %s has %s rows: only empty tables are restored", table, strings.TrimSpace(string(count)))
	}
	return err
}

func load(ctx context.Context, store *ch.Asker, file string) (err error) {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	if info, err := in.Stat(); err != nil || info.Size() == 0 {
		return err // a table without rows
	}
	return store.Insert(ctx, tableOf(file), "Native", in)
}
