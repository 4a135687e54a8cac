package alerts

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"
)

// root is the repository's top folder.
var root = filepath.Join("..", "..")

// catalogue is every metric that services have, with its labels.
type catalogue map[string]map[string]bool

var row = regexp.MustCompile("^\\| `([a-z_]+)` \\| (counter|gauge|histogram) \\| ([^|]*) \\|")

// ofOthers are metrics that do not come from newMetrics: those of Prometheus itself and of its client's process collector.
var ofOthers = []string{"up", "process_start_time_seconds", "process_open_fds", "process_max_fds", "process_cpu_seconds_total", "process_resident_memory_bytes", "go_goroutines"}

// readCatalogue reads the generated page of metrics.
func readCatalogue(t *testing.T) catalogue {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(root, "services", "docs", "metrics.md"))
	require.NoError(t, err)
	c := catalogue{}
	for line := range strings.Lines(string(page)) {
		m := row.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		set := map[string]bool{"job": true, "instance": true}
		if m[3] != "–" {
			for l := range strings.SplitSeq(m[3], ", ") {
				set[l] = true
			}
		}
		if m[2] == "histogram" {
			set["le"] = true
			c[m[1]+"_bucket"], c[m[1]+"_sum"], c[m[1]+"_count"] = set, set, set
			continue
		}
		c[m[1]] = set
	}
	require.Greater(t, len(c), 100)
	for _, name := range ofOthers {
		c[name] = map[string]bool{"job": true, "instance": true}
	}
	c["ALERTS"] = map[string]bool{"alertname": true, "alertstate": true, "severity": true}
	return c
}

// check parses an expression, and tells of every metric and label that no service has.
func (c catalogue) check(t *testing.T, what, text string) {
	t.Helper()
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	require.NoError(t, err, "%s: %s", what, text)
	known := map[string]bool{} // labels of all metrics of the expression
	metrics := 0
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		v, ok := n.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		for _, name := range names(v) {
			metrics++
			require.Contains(t, c, name, "%s names a metric that no service has", what)
			for l := range c[name] {
				known[l] = true
			}
			for _, m := range v.LabelMatchers {
				require.True(t, m.Name == labels.MetricName || c[name][m.Name], "%s: %s has no label %s", what, name, m.Name)
			}
		}
		return nil
	})
	require.Positive(t, metrics, "%s names no metric", what)
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		for _, l := range grouping(n) {
			require.True(t, known[l], "%s: no metric of it has label %s", what, l)
		}
		return nil
	})
}

// names are the metrics that a selector selects; of a pattern every alternative.
func names(v *parser.VectorSelector) (list []string) {
	for _, m := range v.LabelMatchers {
		if m.Name == labels.MetricName {
			list = append(list, strings.Split(m.Value, "|")...)
		}
	}
	return list
}

// grouping are the labels that a node groups or matches by.
func grouping(n parser.Node) []string {
	switch n := n.(type) {
	case *parser.AggregateExpr:
		return n.Grouping
	case *parser.BinaryExpr:
		if n.VectorMatching != nil {
			return append(n.VectorMatching.MatchingLabels, n.VectorMatching.Include...)
		}
	}
	return nil
}
