package helm

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var metric = regexp.MustCompile(`\blode_[a-z_]+`)

// TestMetrics: what KEDA asks for is what the services say, and only of this release's namespace.
func TestMetrics(t *testing.T) {
	page, err := os.ReadFile(root + "/services/docs/metrics.md")
	require.NoError(t, err)
	queries := 0
	each(t, func(t *testing.T, r *release) {
		for name, s := range r.scaled {
			for _, trigger := range s.Spec.Triggers {
				queries++
				query := trigger.Metadata["query"]
				names := metric.FindAllString(query, -1)
				require.NotEmpty(t, names, name)
				for _, m := range names {
					require.Contains(t, string(page), "`"+m+"`", name)
					require.Contains(t, name, strings.Split(m, "_")[1])
				}
				require.Contains(t, query, `namespace="relays"`)
				require.Equal(t, "false", trigger.Metadata["ignoreNullValues"], "no series is no zero: the fallback counts")
			}
		}
	})
	require.Equal(t, 6, queries, "in ha and full")
}

// TestRules: with rules on, each file of deploy/prometheus/rules is one PrometheusRule, its templates as they were.
func TestRules(t *testing.T) {
	paths, err := filepath.Glob(root + "/deploy/prometheus/rules/*.yaml")
	require.NoError(t, err)
	each(t, func(t *testing.T, r *release) {
		if strings.HasSuffix(t.Name(), "/full") {
			require.Len(t, r.rules, len(paths))
		} else {
			require.Empty(t, r.rules)
		}
		for _, rule := range r.rules {
			for _, g := range rule.Spec.Groups {
				require.NotEmpty(t, g.Rules)
			}
		}
	})
}
