package alerts

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// dashboard is what is checked of one.
type dashboard struct {
	UID    string
	Title  string
	Panels []struct {
		ID          int
		Title       string
		Description string
		GridPos     struct{ X, Y, W, H int }
		FieldConfig struct{ Defaults struct{ Unit string } }
		Targets     []struct {
			RefID        string
			Expr         string
			LegendFormat string
			RawSQL       string
			Datasource   struct{ Type, UID string }
		}
	}
}

var labelOf = regexp.MustCompile(`{{(\w+)}}`)

// Every query of every dashboard parses and names what services have, legends name labels that the answer has; ids and places
// are taken once; each panel says what it is and in which unit.
func TestDashboards(t *testing.T) {
	metrics := readCatalogue(t)
	files, err := filepath.Glob(filepath.Join(root, "deploy", "grafana", "dashboards", "*.json"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 7)
	uids, titles, queries := map[string]bool{}, map[string]bool{}, 0
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		var d dashboard
		require.NoError(t, json.Unmarshal(raw, &d))
		require.False(t, uids[d.UID] || titles[d.Title], d.UID)
		require.Equal(t, d.UID+".json", filepath.Base(file))
		uids[d.UID], titles[d.Title] = true, true
		ids, names := map[int]bool{}, map[string]bool{}
		for i, p := range d.Panels {
			what := d.UID + ": " + p.Title
			require.False(t, ids[p.ID] || names[p.Title], what)
			ids[p.ID], names[p.Title] = true, true
			require.NotEmpty(t, p.FieldConfig.Defaults.Unit, what)
			require.Greater(t, len(p.Description), 20, what)
			require.NotEmpty(t, p.Targets, what)
			for _, other := range d.Panels[:i] {
				require.False(t, overlap(p.GridPos, other.GridPos), "%s lies on %s", what, other.Title)
			}
			for _, q := range p.Targets {
				if q.RawSQL != "" {
					require.Equal(t, "clickhouse", q.Datasource.UID, what)
					continue
				}
				queries++
				require.Equal(t, "prometheus", q.Datasource.UID, what)
				metrics.check(t, what, strings.ReplaceAll(q.Expr, "$__rate_interval", "1m"))
				for _, m := range labelOf.FindAllStringSubmatch(q.LegendFormat, -1) {
					require.True(t, metrics.answers(q.Expr, m[1]), "%s: the answer has no label %s", what, m[1])
				}
			}
		}
	}
	require.Greater(t, queries, 60)
}

func overlap(a, b struct{ X, Y, W, H int }) bool {
	return a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H
}

var by = regexp.MustCompile(`by \(([^)]*)\)`)

// answers tells whether an expression's series have a label: one that it groups by, or without grouping one of its metrics'.
func (c catalogue) answers(expr, label string) bool {
	if m := by.FindStringSubmatch(expr); m != nil {
		return strings.Contains(", "+m[1]+",", ", "+label+",")
	}
	for name, labels := range c {
		if strings.Contains(expr, name) && labels[label] {
			return true
		}
	}
	return false
}
