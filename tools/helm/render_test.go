package helm

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	"helm.sh/helm/v3/pkg/releaseutil"
	"sigs.k8s.io/yaml"
)

const (
	root  = "../.."
	chart = root + "/deploy/helm/lode"
)

// cases are the values files by name.
func cases(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(chart + "/ci/*-values.yaml")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(paths), 5)
	all := map[string]string{}
	for _, path := range paths {
		all[strings.TrimSuffix(filepath.Base(path), "-values.yaml")] = path
	}
	return all
}

// each runs a test over the release of every values file.
func each(t *testing.T, test func(*testing.T, *release)) {
	for name, path := range cases(t) {
		t.Run(name, func(t *testing.T) { test(t, released(t, path)) })
	}
}

func released(t *testing.T, path string) *release {
	t.Helper()
	values, err := chartutil.ReadValuesFile(path)
	require.NoError(t, err)
	texts, err := render(values)
	require.NoError(t, err)
	r, err := decode(texts)
	require.NoError(t, err)
	return r
}

// render returns the manifests of a release.
func render(values chartutil.Values) ([]string, error) {
	c, err := loader.LoadDir(chart)
	if err != nil {
		return nil, err
	}
	options := chartutil.ReleaseOptions{Name: "east", Namespace: "relays", Revision: 1, IsInstall: true}
	all, err := chartutil.ToRenderValues(c, values, options, chartutil.DefaultCapabilities)
	if err != nil {
		return nil, err
	}
	files, err := engine.Engine{Strict: true}.Render(c, all)
	if err != nil {
		return nil, err
	}
	var texts []string
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if strings.HasSuffix(file, ".yaml") {
			texts = slices.AppendSeq(texts, maps.Values(releaseutil.SplitManifests(files[file])))
		}
	}
	return slices.DeleteFunc(texts, func(text string) bool { return onlyComments(text) }), nil
}

func onlyComments(text string) bool {
	var any any
	return yaml.Unmarshal([]byte(text), &any) == nil && any == nil
}

// TestLint: Helm's own linter has nothing to say.
func TestLint(t *testing.T) {
	for name, path := range cases(t) {
		t.Run(name, func(t *testing.T) {
			values, err := chartutil.ReadValuesFile(path)
			require.NoError(t, err)
			for _, m := range lint.All(chart, values, "relays", true).Messages {
				if m.Severity > support.InfoSev {
					t.Errorf("%s: %v", m.Path, m.Err)
				}
			}
		})
	}
}

// TestKubeVersion: the oldest release whose fields the chart uses.
func TestKubeVersion(t *testing.T) {
	c, err := loader.LoadDir(chart)
	require.NoError(t, err)
	require.True(t, chartutil.IsCompatibleRange(c.Metadata.KubeVersion, "v1.30.4-eks.1"))
	require.False(t, chartutil.IsCompatibleRange(c.Metadata.KubeVersion, "v1.29.9"))
}

// TestRefused: values that cannot work are refused in words that name them.
func TestRefused(t *testing.T) {
	minimal, err := os.ReadFile(cases(t)["minimal"])
	require.NoError(t, err)
	for left, says := range map[string]string{
		"":                               "suppliers.existingSecret: the Secret",
		"suppliers: {existingSecret: x}": "chain.nodes: at least one node",
		"suppliers: {existingSecret: x}\nchain: {nodes: [a]}": "relayer.config.services: at least one",
	} {
		values, err := chartutil.ReadValues([]byte(left))
		require.NoError(t, err)
		_, err = render(values)
		require.ErrorContains(t, err, says)
	}
	for _, c := range []struct{ values, says string }{
		{"relayer: {config: {lisssten: x}}", "lisssten"},
		{"relayer: {config: {listen: ':1'}}", "listen"},
		{"relayer: {config: {observe: {listen: ':1'}}}", "listen"},
		{"relayer: {config: {keys: {file: /x}}}", "file"},
		{"relayer: {config: {drain_timeout: 30}}", "drain_timeout"},
		{"relayer: {config: {services: {demo-llm: {backend: 5}}}}", "backend"},
		{"submitter: {config: {keys_file: /x}}", "keys_file"},
		{"submitter: {config: {parallel: many}}", "parallel"},
		{"hasher: {config: {partitions: 3}}", "partitions"},
		{"analytics: {config: {clickhouse: {dsn: x}}}", "clickhouse"},
		{"signer: {config: {purposes: [tx]}}", "purposes"},
		{"hasher: {replicas: -1}", "replicas"},
		{"hasher: {resources: {requests: {cpu: 1, memory: 1Gi}, limits: null}}", "limits"},
		{"hahser: {replicas: 1}", "hahser"},
		{"bus: {url: 'http://nats:4222'}", "/bus/url"},
		{"bus: {seed: SUAXX}", "seed"},
		{"topology: {replicas: 2}", "/topology/replicas"},
		{"chain: {nodes: []}", "chain.nodes: at least one node"},
		{"suppliers: {existingSecret: ''}", "suppliers.existingSecret: the Secret"},
		{"suppliers: {keys: [aa]}", "keys"},
		{"relayer: {config: {services: null}}", "services"},
		{"relayer: {secrets: {bus: {existingSecret: x, keys: [y]}}}", "/relayer/secrets"},
		{"gateway: {enabled: true}", "gateway.existingSecret: the Secret"},
		{"gateway: {enabled: true, existingSecret: x}", "gateway.config: applications and models"},
		{"bus: {url: 'tls://nats:4222', seeds: {existingSecret: x}}", "topology.operator.existingSecret"},
		{"keda: {enabled: true}", "keda.prometheus.serverAddress"},
		{"hasher: {replicas: 65}", "65 replicas, but only 64 partitions"},
		{"relayer: {ingress: {enabled: true}}", "relayer.ingress.host"},
		{"analytics: {route: {enabled: true}}", "analytics.route.parentRefs"},
		{"networkPolicy: {bus: [{cidr: 10.0.0.0/8}]}", "cidr"},
	} {
		values, err := chartutil.ReadValues(minimal)
		require.NoError(t, err)
		wrong, err := chartutil.ReadValues([]byte(c.values))
		require.NoError(t, err)
		_, err = render(chartutil.MergeTables(wrong, values))
		require.ErrorContains(t, err, c.says, c.values)
	}
}
