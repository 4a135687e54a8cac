package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/lodeworks/lode/schemas"
	"github.com/lodeworks/lode/services/kit/ch"
	"github.com/lodeworks/lode/services/kit/ch/chtest"
)

func TestMain(m *testing.M) { chtest.Main(m) }

// macros are those of the ClickHouse plugin that the boards use, as it expands them.
var macros = []struct {
	name *regexp.Regexp
	text string
}{
	{regexp.MustCompile(`\$__timeFilter\(([^)]*)\)`), "$1 >= toDateTime(1700000000) AND $1 <= toDateTime(1900000000)"},
	{regexp.MustCompile(`\$__fromTime\b`), "toDateTime(1700000000)"},
	{regexp.MustCompile(`\$__toTime\b`), "toDateTime(1900000000)"},
}

func expand(t *testing.T, text string) string {
	t.Helper()
	for _, m := range macros {
		text = m.name.ReplaceAllString(text, m.text)
	}
	require.NotContains(t, text, "$__", "a macro that is not known")
	return text
}

// Every query of the store runs on its engine with the tables as the migrations make them. What is shown over time has a
// column for it, and a number.
func TestQueriesRun(t *testing.T) {
	cfg, conn := chtest.Start(t)
	_, err := ch.Migrate(t.Context(), cfg, schemas.Migrations())
	require.NoError(t, err)
	asked := 0
	for _, b := range boards() {
		for _, p := range b.panels {
			for _, q := range p.queries {
				if q.sql == "" {
					continue
				}
				asked++
				text := expand(t, q.sql)
				answer, err := conn.Query(t.Context(), text)
				require.NoError(t, err, "%s: %s", b.uid, p.title)
				require.NoError(t, answer.Close())
				types := columns(t, conn, text)
				require.GreaterOrEqual(t, len(types), 2, p.title)
				if p.kind == lines {
					require.True(t, types["time DateTime('UTC')"] || types["time DateTime"] || types["time DateTime64(9, 'UTC')"], "%s: %v", p.title, types)
				}
			}
		}
	}
	require.Greater(t, asked, 10)
}

// columns are names and types of a query's answer.
func columns(t *testing.T, conn driver.Conn, query string) map[string]bool {
	t.Helper()
	answer, err := conn.Query(t.Context(), "DESCRIBE TABLE ("+query+")")
	require.NoError(t, err)
	defer answer.Close()
	types := map[string]bool{}
	for answer.Next() {
		var name, kind, rest string
		require.NoError(t, answer.Scan(&name, &kind, &rest, &rest, &rest, &rest, &rest))
		types[name+" "+kind] = true
	}
	require.NoError(t, answer.Err())
	return types
}

// The dashboards' data sources are those that are provisioned.
func TestDataSources(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "deploy", "grafana", "provisioning", "datasources", "lode.yaml"))
	require.NoError(t, err)
	var provisioned struct{ Datasources []struct{ UID, Type string } }
	require.NoError(t, yaml.Unmarshal(raw, &provisioned))
	require.Equal(t, fmt.Sprint([][2]string{{promUID, promType}, {storeUID, storeType}}), fmt.Sprint([][2]string{
		{provisioned.Datasources[0].UID, provisioned.Datasources[0].Type}, {provisioned.Datasources[1].UID, provisioned.Datasources[1].Type},
	}))
}
