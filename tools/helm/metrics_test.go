package helm

import (
	"os"
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
