package ch_test

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/schemas"
	"github.com/lodeworks/lode/services/kit/ch"
	"github.com/lodeworks/lode/services/kit/ch/chtest"
)

// comment is a line that is no part of a statement.
var comment = regexp.MustCompile(`(?m)^--.*\n?`)

// Every statement of every migration is one for a cluster: run on each server, with an engine that replicates, and in words
// that the engine reads. Whether it runs needs a keeper, which the embedded engine has not.
func TestEveryMigrationIsOneForACluster(t *testing.T) {
	_, conn := chtest.Start(t)
	files, err := fs.Glob(schemas.ClickHouse, "clickhouse/*.sql")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		raw, err := fs.ReadFile(schemas.ClickHouse, file)
		require.NoError(t, err)
		require.Equal(t, string(raw), ch.OnCluster(string(raw), ""))
		for _, statement := range strings.Split(comment.ReplaceAllString(ch.OnCluster(string(raw), "lode"), ""), ";\n") {
			if statement = strings.TrimSpace(statement); statement == "" {
				continue
			}
			require.Equal(t, 1, strings.Count(statement, " ON CLUSTER 'lode'"), "%s: %s", file, statement)
			require.Equal(t, strings.HasPrefix(statement, "CREATE TABLE"), strings.Contains(statement, "\nENGINE = Replicated"), "%s: %s", file, statement)
			rows, err := conn.Query(t.Context(), "EXPLAIN AST "+statement)
			require.NoError(t, err, "%s: %s", file, statement)
			require.NoError(t, rows.Close())
		}
	}
}
