// Package schemas holds the places of the system as data: the streams, subjects and buckets of the bus, and the
// tables of ClickHouse. Code, catalogue and permissions are generated from it (see tools/gen). It imports nothing of ours.
package schemas

import (
	"embed"
	"io/fs"
)

// Bus holds bus/*.yaml: one file per stream, kv.yaml for buckets, requests.yaml for request/reply subjects.
//
//go:embed bus/*.yaml
var Bus embed.FS

// ClickHouse holds clickhouse/*.sql: versioned migrations in the form of github.com/pressly/goose.
//
//go:embed clickhouse
var ClickHouse embed.FS

// Migrations are the files of ClickHouse by name, without their folder.
func Migrations() fs.FS {
	files, err := fs.Sub(ClickHouse, "clickhouse")
	if err != nil {
		panic(err) // the folder is in the program
	}
	return files
}
