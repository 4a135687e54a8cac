package alerts

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// rule is one of a rule file.
type rule struct {
	Alert       string
	Expr        string
	For         string
	Labels      map[string]string
	Annotations map[string]string
	file        string
}

// readRules reads all rule files.
func readRules(t *testing.T) (list []rule) {
	t.Helper()
	files, err := Files(root)
	require.NoError(t, err)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		var parsed struct{ Groups []struct{ Rules []rule } }
		require.NoError(t, yaml.Unmarshal(raw, &parsed), file)
		for _, g := range parsed.Groups {
			for _, r := range g.Rules {
				r.file = file
				list = append(list, r)
			}
		}
	}
	require.NotEmpty(t, list)
	return list
}

// asked is a query inside a text of an alert.
var asked = regexp.MustCompile(`(?:query|printf) "((?:[^"\\]|\\.)*)"`)

// Every alert can be evaluated, names only what services have, and says how bad it is, what is at stake and what to do.
func TestRules(t *testing.T) {
	metrics := readCatalogue(t)
	seen := map[string]bool{}
	for _, r := range readRules(t) {
		t.Run(r.Alert, func(t *testing.T) {
			require.False(t, seen[r.Alert], "two alerts have the name")
			seen[r.Alert] = true
			metrics.check(t, r.Alert, r.Expr)
			require.Contains(t, []string{"critical", "warning", "info"}, r.Labels["severity"])
			require.NotEmpty(t, r.Annotations["summary"])
			require.NotEmpty(t, r.Annotations["stake"])
			require.True(t, strings.HasSuffix(r.Annotations["runbook_url"], "services/docs/failures.md#"+strings.ToLower(r.Alert)), r.Annotations["runbook_url"])
			for _, text := range r.Annotations {
				for _, m := range asked.FindAllStringSubmatch(text, -1) {
					if q := strings.ReplaceAll(m[1], "%s", "x"); !strings.HasPrefix(q, "%") {
						metrics.check(t, r.Alert, q)
					}
				}
			}
		})
	}
}

// Causes and states that alerts name are those that the services say.
func TestLabelValues(t *testing.T) {
	values := regexp.MustCompile(`(cause|result|state|reason|outcome)=~?"([^"]+)"`)
	sources := map[string]string{"cause": "relayer", "reason": "relayer", "result": "submitter", "state": "submitter"}
	found := 0
	for _, r := range readRules(t) {
		for _, m := range values.FindAllStringSubmatch(r.Expr, -1) {
			for value := range strings.SplitSeq(m[2], "|") {
				found++
				where := sources[m[1]]
				switch {
				case strings.HasPrefix(value, "OUTCOME_"):
					where = "../proto/claim"
				case where == "":
					where = "gateway"
				}
				require.True(t, inSources(t, where, value), "%s: nothing in %s says %s", r.Alert, where, value)
			}
		}
	}
	require.Greater(t, found, 20)
}

// example is series over which an alert fires, and some over which it does not.
type example struct {
	Alert string
	Fires map[string]string
	Says  string
	Quiet map[string]string
}

// began is when the clock of the examples begins.
var began = time.Unix(1_000_000, 0)

// Every alert has an example; over it the alert fires with the text that it says, and over its neighbour it does not.
func TestAlertsFire(t *testing.T) {
	raw, err := os.ReadFile("testdata/alerts.yaml")
	require.NoError(t, err)
	var examples []example
	require.NoError(t, yaml.Unmarshal(raw, &examples))
	of := map[string]example{}
	for _, e := range examples {
		require.NotContains(t, of, e.Alert, "two examples of one alert")
		of[e.Alert] = e
	}
	rules := readRules(t)
	for _, r := range rules {
		t.Run(r.Alert, func(t *testing.T) {
			e, ok := of[r.Alert]
			require.True(t, ok, "testdata/alerts.yaml has no example of it")
			require.NotEmpty(t, e.Quiet)
			fired := firing(t, r, e.Fires)
			require.NotEmpty(t, fired, "it does not fire")
			var texts []string
			for _, a := range fired {
				texts = append(texts, a.Annotations["summary"], a.Annotations["stake"])
			}
			require.NotEmpty(t, e.Says)
			require.Contains(t, strings.Join(texts, "\n"), e.Says)
			require.NotContains(t, strings.Join(texts, "\n"), "error", "a text cannot be written")
			require.Empty(t, firing(t, r, e.Quiet), "it fires over its quiet neighbour")
		})
	}
	require.Len(t, examples, len(rules), "an example is of no alert")
}

// firing evaluates one rule's file over series for as long as they last.
func firing(t *testing.T, r rule, series map[string]string) (own []Alert) {
	t.Helper()
	var b strings.Builder
	steps := 0
	for name, values := range series {
		b.WriteString("  " + name + " " + values + "\n")
		steps = max(steps, length(t, values))
	}
	fired, err := Firing([]string{r.file}, b.String(), began, time.Duration(steps-1)*Step)
	require.NoError(t, err)
	for _, a := range fired {
		if a.Name == r.Alert {
			own = append(own, a)
		}
	}
	return own
}
