package alerts

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// section is what failures.md says of an alert.
type section struct {
	text     string
	commands []string
}

// readSections reads the sections below "Alerts" by their headings.
func readSections(t *testing.T) map[string]section {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(root, "services", "docs", "failures.md"))
	require.NoError(t, err)
	_, alerts, ok := strings.Cut(string(page), "\n## Alerts\n")
	require.True(t, ok)
	sections := map[string]section{}
	for part := range strings.SplitSeq(alerts, "\n#### ") {
		name, text, _ := strings.Cut(part, "\n")
		if !strings.HasPrefix(name, "Lode") {
			continue
		}
		text, _, _ = strings.Cut(text, "\n### ")
		require.NotContains(t, sections, name)
		_, code, _ := strings.Cut(text, "```sh\n")
		code, _, ok := strings.Cut(code, "\n```")
		require.True(t, ok, "%s: no commands", name)
		sections[name] = section{text, strings.Split(code, "\n")}
	}
	return sections
}

// Every alert has a section that says what is seen, what is at stake and what to do, and no section is of no alert.
func TestEveryAlertHasItsSection(t *testing.T) {
	sections := readSections(t)
	rules := readRules(t)
	for _, r := range rules {
		s, ok := sections[r.Alert]
		require.True(t, ok, "failures.md has no section on %s", r.Alert)
		for _, part := range []string{"\nYou see: ", "\nAt stake: ", "\nDo: "} {
			require.Contains(t, s.text, part, r.Alert)
		}
		require.NotEmpty(t, s.commands, r.Alert)
	}
	require.Len(t, sections, len(rules))
}

var (
	asks   = regexp.MustCompile(`^curl -s http://([a-z0-9-]+):(\d+)(/\w+)(?: \| grep (?:-E )?"?([^"]+)"?)?$`)
	checks = regexp.MustCompile(`^(relayer|submitter) -config /etc/lode/(relayer|submitter)\.yaml -check$`)
)

// What the sections have one type can be typed: machines are targets of prometheus.yaml, pages are those that services
// answer, what is looked for is in the catalogue. The commands of lode are checked beside the program.
func TestCommandsOfSections(t *testing.T) {
	metrics := readCatalogue(t)
	raw, err := os.ReadFile(filepath.Join(root, "deploy", "prometheus", "prometheus.yaml"))
	require.NoError(t, err)
	for name, s := range readSections(t) {
		for _, command := range s.commands {
			if strings.HasPrefix(command, "lode ") || checks.MatchString(command) {
				continue
			}
			m := asks.FindStringSubmatch(command)
			require.NotNil(t, m, "%s: %s", name, command)
			switch m[2] {
			case "9464":
				require.Contains(t, string(raw), `"`+m[1]+`:9464"`, name)
				require.Contains(t, []string{"/metrics", "/readyz", "/healthz", "/services"}, m[3], name)
				require.True(t, m[3] != "/services" || strings.HasPrefix(m[1], "relayer"), "only relayers have /services")
			case "26657":
				require.Equal(t, "/status", m[3], name)
			case "8123":
				require.Equal(t, "/ping", m[3], name)
			default:
				require.Fail(t, "no such port", command)
			}
			if m[4] != "" {
				require.True(t, metrics.matches(m[4]), "%s: no metric matches %s", name, m[4])
			}
		}
	}
}

// matches tells whether every alternative of a pattern is in the name of a metric.
func (c catalogue) matches(pattern string) bool {
	before, rest, _ := strings.Cut(pattern, "(")
	alternatives := strings.Split(strings.TrimSuffix(rest, ")"), "|")
	if rest == "" {
		before, alternatives = "", strings.Split(pattern, "|")
	}
	for _, a := range alternatives {
		found := false
		for name := range c {
			found = found || strings.Contains(name, before+a)
		}
		if !found {
			return false
		}
	}
	return true
}

// Jobs are named as the services are, and every service is scraped; rule files are found where Prometheus is told to look.
func TestPrometheusReadsAllServices(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(root, "deploy", "prometheus", "prometheus.yaml"))
	require.NoError(t, err)
	var cfg struct {
		RuleFiles []string `yaml:"rule_files"`
		Jobs      []struct {
			Name    string                       `yaml:"job_name"`
			Targets []struct{ Targets []string } `yaml:"static_configs"`
		} `yaml:"scrape_configs"`
	}
	require.NoError(t, yaml.Unmarshal(raw, &cfg))
	require.Equal(t, []string{"rules/*.yaml"}, cfg.RuleFiles)
	scraped := map[string]bool{}
	for _, j := range cfg.Jobs {
		scraped[j.Name] = true
		for _, target := range j.Targets[0].Targets {
			require.Regexp(t, "^"+j.Name+`(-\d)?:9464$`, target)
		}
	}
	mains, err := filepath.Glob(filepath.Join(root, "services", "*", "cmd", "*"))
	require.NoError(t, err)
	for _, m := range mains {
		if name := filepath.Base(m); name != "signer" { // it listens on a socket, beside the relayer
			require.True(t, scraped[name], "%s is not scraped", name)
		}
	}
	require.Len(t, scraped, len(mains)-1)
}
