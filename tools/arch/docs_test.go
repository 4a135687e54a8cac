package arch

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func text(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, name))
	require.NoError(t, err)
	return string(raw)
}

// link is a Markdown link to something in the repository.
var link = regexp.MustCompile(`\]\(([^)#\s]+)(?:#[^)]*)?\)`)

// TestLinks: what a page links to is there.
func TestLinks(t *testing.T) {
	for _, name := range files(t) {
		if path.Ext(name) != ".md" {
			continue
		}
		for _, m := range link.FindAllStringSubmatch(text(t, name), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, path.Dir(name), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", name, m[1])
			}
		}
	}
}

var (
	metricName = regexp.MustCompile(`\blode_[a-z]+_[a-z_]+\b`)
	quoted     = regexp.MustCompile("`([^`]+)`")
	direct     = regexp.MustCompile(`(?m)^(?:require )?\s*([a-z0-9][\w.-]*\.[a-z]+/\S+|cosmossdk\.io/\S+) v\S+$`)
)

// TestMetricNames: a metric that a page names exists; what a command looks for among them is the beginning of one.
func TestMetricNames(t *testing.T) {
	known := text(t, "services/docs/metrics.md")
	for _, name := range files(t) {
		if path.Ext(name) != ".md" {
			continue
		}
		for line := range strings.Lines(text(t, name)) {
			end := "`"
			if strings.HasPrefix(line, "curl ") {
				end = ""
			}
			for _, m := range metricName.FindAllString(line, -1) {
				if !strings.HasPrefix(m, "lode_obligations") && !strings.Contains(known, "`"+m+end) {
					t.Errorf("%s names metric %s, which no service has", name, m)
				}
			}
		}
	}
}

// TestFailures: an operator can look a text up only if it is what the program writes. Every quoted text in the first
// column of failures.md is in the sources, piece by piece between the dots for what varies.
func TestFailures(t *testing.T) {
	var sources strings.Builder
	for _, name := range files(t) {
		if ext := path.Ext(name); (ext == ".go" || ext == ".yaml") && !strings.HasSuffix(name, "_test.go") && !within(name, "tools/arch") {
			sources.WriteString(text(t, name))
		}
	}
	metrics := text(t, "services/docs/metrics.md")
	rows := 0
	for line := range strings.Lines(text(t, "services/docs/failures.md")) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| what you see") {
			continue
		}
		rows++
		for _, m := range quoted.FindAllStringSubmatch(strings.Split(line, " | ")[0], -1) {
			for piece := range strings.SplitSeq(m[1], "…") {
				if !strings.Contains(sources.String(), piece) && !strings.Contains(metrics, "`"+piece+"`") {
					t.Errorf("failures.md says %q: %q is nowhere in the sources", m[1], piece)
				}
			}
		}
	}
	require.Greater(t, rows, 30)
}

// TestDependencies: every direct dependency has its line in dependencies.md.
func TestDependencies(t *testing.T) {
	page := text(t, "services/docs/dependencies.md")
	for _, name := range files(t) {
		if path.Base(name) != "go.mod" || within(name, "tools/lint") || within(name, "tools/sbom") {
			continue
		}
		found := 0
		for _, m := range direct.FindAllStringSubmatch(text(t, name), -1) {
			found++
			if !strings.HasPrefix(m[1], strings.TrimSuffix(module, "/")) && !strings.Contains(page, "`"+m[1]+"`") {
				t.Errorf("%s needs %s, which dependencies.md does not name", name, m[1])
			}
		}
		if name == "services/go.mod" || name == "tools/go.mod" {
			require.Greater(t, found, 10, "cannot read %s", name)
		}
	}
}
