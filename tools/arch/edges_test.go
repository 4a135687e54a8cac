package arch

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/bus"
)

// kitSays are subjects that every service says through kit/bus: a service has no file for them.
var kitSays = []string{"dead"} // bus.Bury

// TestEdges: file names are the topology. For a subject a.b, on_a_b.go is in each service that hears or folds it,
// emit_a_b.go in each that says it; for a request a.b, answer_a_b.go is in each service that answers. Nothing else
// has such a name.
func TestEdges(t *testing.T) {
	declared, err := bus.Declared()
	require.NoError(t, err)
	want := wantedEdges(declared)
	have := map[string]bool{}
	for _, name := range files(t) {
		if edge(name) {
			have[name] = true
			if !want[name] {
				t.Errorf("%s: schemas/bus declares no such edge", name)
			}
		}
	}
	for name := range want {
		if !have[name] {
			t.Errorf("%s is missing: schemas/bus declares this edge", name)
		}
	}
	known := services(t)
	for name := range want {
		require.Contains(t, known, strings.Split(name, "/")[1], "schemas/bus names a service that is none")
	}
}

func wantedEdges(declared bus.Topology) map[string]bool {
	want := map[string]bool{}
	add := func(kind, subject string, services []string) {
		for _, service := range services {
			want[fmt.Sprintf("services/%s/%s_%s.go", service, kind, strings.ReplaceAll(subject, ".", "_"))] = true
		}
	}
	for _, stream := range declared.Streams {
		for _, s := range stream.Subjects {
			if slices.Contains(kitSays, s.Name) {
				continue
			}
			add("on", s.Name, s.Hears)
			add("on", s.Name, s.Folds)
			add("emit", s.Name, s.Says)
		}
	}
	for _, r := range declared.Requests {
		add("answer", r.Name, r.Answers)
	}
	return want
}

// edge tells whether a file of a service is named like an edge of the bus.
func edge(name string) bool {
	if m, err := path.Match("services/*/*.go", name); err != nil || !m || strings.HasSuffix(name, "_test.go") {
		return false
	}
	for _, kind := range []string{"on_", "emit_", "answer_"} {
		if strings.HasPrefix(path.Base(name), kind) {
			return true
		}
	}
	return false
}

// TestConsumers: a durable consumer is named <service>-<noun>-<verb> after its subject, and only who hears has one.
func TestConsumers(t *testing.T) {
	declared, err := bus.Declared()
	require.NoError(t, err)
	for _, stream := range declared.Streams {
		for _, s := range stream.Subjects {
			for _, service := range s.Hears {
				durable := service + "-" + strings.ReplaceAll(s.Name, ".", "-")
				require.True(t, mentions(t, "services/"+service, `"`+durable+`"`), "no consumer %s in service %s", durable, service)
			}
		}
	}
}

// TestBuckets: a bucket is named in the sources of the services that write or read it, and of no others.
func TestBuckets(t *testing.T) {
	declared, err := bus.Declared()
	require.NoError(t, err)
	for _, bucket := range declared.Buckets {
		id := "bus.Bucket" + camel(strings.TrimPrefix(bucket.Name, "lode_"))
		named := map[string]bool{}
		for _, s := range goFiles(t) {
			raw := text(t, s.path)
			if rest, ok := strings.CutPrefix(s.path, "services/"); ok && !s.test() && regexp.MustCompile(regexp.QuoteMeta(id)+`\b`).MatchString(raw) {
				service, _, _ := strings.Cut(rest, "/")
				named[service] = true
			}
		}
		require.ElementsMatch(t, append(slices.Clone(bucket.Writes), bucket.Reads...), slices.Collect(maps.Keys(named)), bucket.Name)
	}
}

// camel turns a_b into AB.
func camel(name string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(name, "_") {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}
