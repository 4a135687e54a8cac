package helm

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// TestConfigurations: the services' own programs take what is rendered for them, started as the pod starts them, with the
// files that the pod sees: an unknown key, a wrong path or a missing file would end them.
func TestConfigurations(t *testing.T) {
	checked := map[string]bool{}
	each(t, func(t *testing.T, r *release) {
		for _, w := range r.workloads() {
			for _, c := range containers(w.pod.Spec) {
				if c.Name != "topology" {
					effective(t, r, w, c, "-check")
					checked[c.Name] = true
				}
			}
		}
	})
	require.Len(t, checked, 7, "a service is in no case: %v", checked)
}

// effective runs a container's program with one more flag over the files of its pod, and returns what it prints.
func effective(t *testing.T, r *release, w workload, c core.Container, flag string) []byte {
	t.Helper()
	top := t.TempDir()
	for _, m := range c.VolumeMounts {
		mount(t, r, w.pod.Spec, m.Name, filepath.Join(top, m.MountPath))
	}
	args := append([]string{}, c.Args...)
	for i, arg := range args {
		if strings.HasPrefix(arg, "/") {
			args[i] = moved(t, top, arg)
		}
	}
	cmd := exec.Command(program(t, c), append(args, flag)...)
	cmd.Env = []string{}
	for _, e := range c.Env {
		cmd.Env = append(cmd.Env, e.Name+"="+e.Value)
	}
	var says bytes.Buffer
	cmd.Stderr = &says
	out, err := cmd.Output()
	require.NoError(t, err, "%s/%s: %s", w.name, c.Name, says.String())
	return out
}

func program(t *testing.T, c core.Container) string {
	t.Helper()
	require.Len(t, c.Command, 1)
	path, err := filepath.Abs(filepath.Join(root, c.Command[0]))
	require.NoError(t, err)
	require.FileExists(t, path, "run make build first")
	return path
}

// mount makes the files of a pod's volume at a path.
func mount(t *testing.T, r *release, pod core.PodSpec, volume, at string) {
	require.NoError(t, os.MkdirAll(at, 0o755))
	write := func(name, text string, mode os.FileMode) {
		path := filepath.Join(at, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), mode))
	}
	for _, v := range pod.Volumes {
		if v.Name != volume {
			continue
		}
		if v.ConfigMap != nil {
			for name, text := range r.configs[v.ConfigMap.Name].Data {
				write(name, text, 0o644)
			}
		}
		for _, s := range secretsOf(pod, volume) {
			for _, item := range s.Items {
				write(item.Path, strings.Repeat("7f", 32)+"\n", os.FileMode(*v.Projected.DefaultMode))
			}
		}
	}
}

// moved rewrites a configuration's paths to those below top, and returns where it is.
func moved(t *testing.T, top, path string) string {
	path = filepath.Join(top, path)
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	var config any
	require.NoError(t, yaml.Unmarshal(raw, &config))
	raw, err = yaml.Marshal(below(t, top, config))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, raw, 0o644))
	return path
}

// below puts top before every text that is a path, of which the pod must have at least the folder.
func below(t *testing.T, top string, value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key := range v {
			v[key] = below(t, top, v[key])
		}
	case string:
		if strings.HasPrefix(v, "/") {
			v = filepath.Join(top, v)
			require.DirExists(t, filepath.Dir(v))
			return v
		}
	}
	return value
}

// TestOverrides: a service's block wins over what all share, zero and false as well, and large numbers stay whole.
func TestOverrides(t *testing.T) {
	r := released(t, cases(t)["full"])
	config := printed(t, r, "relayer")
	chain := config["chain"].(map[string]any)
	require.EqualValues(t, 0, chain["max_lag"])
	require.Equal(t, false, chain["subscribe"])
	require.Equal(t, "pocket", chain["chain_id"])
	require.EqualValues(t, 17179869184, config["spool"].(map[string]any)["max_bytes"])
	observe := config["observe"].(map[string]any)
	require.Equal(t, "debug", observe["log_level"])
	require.Equal(t, "http://collector:4318", observe["trace"].(map[string]any)["endpoint"])
	require.EqualValues(t, 5, printed(t, r, "indexer")["chain"].(map[string]any)["max_lag"])
}

// printed is the configuration that a service has in the end, defaults and environment included.
func printed(t *testing.T, r *release, service string) (config map[string]any) {
	t.Helper()
	for _, w := range r.workloads() {
		if w.component == service {
			require.NoError(t, yaml.Unmarshal(effective(t, r, w, w.pod.Spec.Containers[0], "-print-config"), &config))
		}
	}
	require.NotEmpty(t, config, service)
	return config
}

// TestGrace: a pod has as long as its relayer may take to end: the pause before it, the relays under way, then the log and the
// budgets, which wait for the bus as long as a reply does.
func TestGrace(t *testing.T) {
	each(t, func(t *testing.T, r *release) {
		config := printed(t, r, "relayer")
		length := func(key string) time.Duration {
			d, err := time.ParseDuration(config[key].(string))
			require.NoError(t, err)
			return d
		}
		for _, s := range r.sets {
			pod := s.Spec.Template.Spec
			pause := time.Duration(pod.Containers[0].Lifecycle.PreStop.Sleep.Seconds) * time.Second
			needs := pause + length("drain_timeout") + 2*length("log_timeout") + 5*time.Second
			require.GreaterOrEqual(t, time.Duration(*pod.TerminationGracePeriodSeconds)*time.Second, needs)
		}
	})
}

// TestTopologyJob: lode knows the flags that the job has.
func TestTopologyJob(t *testing.T) {
	each(t, func(t *testing.T, r *release) {
		for _, j := range r.jobs {
			c := j.Spec.Template.Spec.Containers[0]
			out, err := exec.Command(program(t, c), append(c.Args, "--help")...).CombinedOutput()
			require.NoError(t, err, "%s", out)
			require.Equal(t, "pre-install,pre-upgrade", j.Annotations["helm.sh/hook"])
		}
	})
}
