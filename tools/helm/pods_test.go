package helm

import (
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// workload is what all that has pods has.
type workload struct {
	name      string
	component string // a service, or topology
	replicas  *int32
	selector  *meta.LabelSelector // nil: a job's
	pod       core.PodTemplateSpec
}

const componentLabel = "app.kubernetes.io/component"

func (r *release) workloads() (all []workload) {
	add := func(w workload) {
		w.component = w.pod.Labels[componentLabel]
		all = append(all, w)
	}
	for name, d := range r.deployments {
		add(workload{name: name, replicas: d.Spec.Replicas, selector: d.Spec.Selector, pod: d.Spec.Template})
	}
	for name, s := range r.sets {
		add(workload{name: name, replicas: s.Spec.Replicas, selector: s.Spec.Selector, pod: s.Spec.Template})
	}
	for name, j := range r.jobs {
		add(workload{name: name, pod: j.Spec.Template})
	}
	return all
}

func containers(pod core.PodSpec) []core.Container {
	return append(append([]core.Container{}, pod.InitContainers...), pod.Containers...)
}

// TestContainers: none is root, writes its image, has more than it needs of the kernel, or is without bounds and probes.
func TestContainers(t *testing.T) {
	each(t, func(t *testing.T, r *release) {
		require.NotEmpty(t, r.workloads())
		for _, w := range r.workloads() {
			pod := w.pod.Spec
			require.True(t, *pod.SecurityContext.RunAsNonRoot, w.name)
			require.NotZero(t, *pod.SecurityContext.RunAsUser, w.name)
			require.Equal(t, core.SeccompProfileTypeRuntimeDefault, pod.SecurityContext.SeccompProfile.Type, w.name)
			require.False(t, *pod.AutomountServiceAccountToken, w.name)
			require.False(t, *pod.EnableServiceLinks, "%s: variables LODE_… of Services would be taken for configuration", w.name)
			require.False(t, *r.accounts[pod.ServiceAccountName].AutomountServiceAccountToken, w.name)
			for _, c := range containers(pod) {
				at := w.name + "/" + c.Name
				require.False(t, *c.SecurityContext.AllowPrivilegeEscalation, at)
				require.True(t, *c.SecurityContext.ReadOnlyRootFilesystem, at)
				require.Equal(t, []core.Capability{"ALL"}, c.SecurityContext.Capabilities.Drop, at)
				require.Empty(t, c.SecurityContext.Capabilities.Add, at)
				for _, q := range []resource.Quantity{c.Resources.Requests[core.ResourceCPU], c.Resources.Requests[core.ResourceMemory], c.Resources.Limits[core.ResourceMemory]} {
					require.Positive(t, q.Sign(), "%s: requests, and a limit of memory", at)
				}
				if w.selector != nil {
					probes(t, at, c)
				}
			}
		}
	})
}

// probes: readiness and start are progress, liveness is not, and all ask a port that the container has.
func probes(t *testing.T, at string, c core.Container) {
	ports := map[string]bool{}
	for _, p := range c.Ports {
		ports[p.Name] = true
	}
	for path, list := range map[string][]*core.Probe{"/readyz": {c.StartupProbe, c.ReadinessProbe}, "/healthz": {c.LivenessProbe}} {
		for _, p := range list {
			require.NotNil(t, p, at)
			require.Equal(t, path, p.HTTPGet.Path, at)
			require.True(t, ports[p.HTTPGet.Port.StrVal], at)
		}
	}
}

// TestSelectors: each selects the pods of one service and all of them, and nobody else's.
func TestSelectors(t *testing.T) {
	each(t, func(t *testing.T, r *release) {
		selected := func(selector labels.Selector) (names []string) {
			for _, w := range r.workloads() {
				if selector.Matches(labels.Set(w.pod.Labels)) {
					names = append(names, w.name)
				}
			}
			return names
		}
		of := func(s *meta.LabelSelector) labels.Selector {
			selector, err := meta.LabelSelectorAsSelector(s)
			require.NoError(t, err)
			require.False(t, selector.Empty())
			return selector
		}
		for _, w := range r.workloads() {
			if w.selector != nil {
				require.Equal(t, []string{w.name}, selected(of(w.selector)))
			}
			for _, s := range w.pod.Spec.TopologySpreadConstraints {
				require.Equal(t, []string{w.name}, selected(of(s.LabelSelector)))
			}
		}
		for name, s := range r.services {
			found := selected(labels.SelectorFromSet(s.Spec.Selector))
			require.Len(t, found, 1, name)
			require.Contains(t, []string{found[0], found[0] + "-pods"}, name)
		}
		for name, s := range r.sets {
			require.Contains(t, r.services, s.Spec.ServiceName, name)
		}
		for name, b := range r.budgets {
			require.Equal(t, []string{name}, selected(of(b.Spec.Selector)))
		}
		for name, m := range r.podMonitors {
			require.Len(t, selected(of(&m.Spec.Selector)), len(r.workloads()), name)
		}
		for name, s := range r.scaled {
			require.Equal(t, name, s.Spec.ScaleTargetRef.Name)
			require.True(t, map[string]bool{"StatefulSet": r.sets[name] != nil, "Deployment": r.deployments[name] != nil}[s.Spec.ScaleTargetRef.Kind], name)
		}
		for name, i := range r.ingresses {
			backend := i.Spec.Rules[0].HTTP.Paths[0].Backend.Service
			require.Equal(t, r.services[backend.Name].Spec.Ports[0].Name, backend.Port.Name, name)
		}
		for name, i := range r.routes {
			backend := i.Spec.Rules[0].BackendRefs[0]
			require.Equal(t, r.services[string(backend.Name)].Spec.Ports[0].Port, *backend.Port, name)
		}
	})
}

// TestReplicas: who is scaled has no number of its own, and who is several may not be drained at once.
func TestReplicas(t *testing.T) {
	each(t, func(t *testing.T, r *release) {
		for _, w := range r.workloads() {
			least := int32(1)
			if s := r.scaled[w.name]; s != nil {
				require.Nil(t, w.replicas, "%s: each upgrade would undo what KEDA decided", w.name)
				require.LessOrEqual(t, s.Spec.MinReplicaCount, s.Spec.MaxReplicaCount)
				least = s.Spec.MinReplicaCount
			} else if w.replicas != nil {
				least = *w.replicas
			}
			budget := r.budgets[w.name]
			require.Equal(t, least > 1, budget != nil, "%s: a budget for several, and none for one: it could never leave its node", w.name)
			if budget != nil {
				require.Equal(t, int32(1), budget.Spec.MaxUnavailable.IntVal)
			}
			require.Equal(t, w.component == "relayer", r.sets[w.name] != nil, "only the relayer's disk must outlive its pod")
		}
	})
}

// TestSpool: the folder for answered relays is on the volume that is kept.
func TestSpool(t *testing.T) {
	each(t, func(t *testing.T, r *release) {
		for _, s := range r.sets {
			require.Len(t, s.Spec.VolumeClaimTemplates, 1)
			require.EqualValues(t, "Retain", s.Spec.PersistentVolumeClaimRetentionPolicy.WhenScaled)
			require.EqualValues(t, "Retain", s.Spec.PersistentVolumeClaimRetentionPolicy.WhenDeleted)
			require.Contains(t, s.Spec.Template.Spec.Containers[0].VolumeMounts, core.VolumeMount{Name: s.Spec.VolumeClaimTemplates[0].Name, MountPath: "/var/lib/lode"})
		}
	})
}

// TestSignerAloneHasKeys: with signers, no other container mounts the suppliers' keys, and all of the pod reach its socket.
func TestSignerAloneHasKeys(t *testing.T) {
	r := released(t, cases(t)["signer"])
	pods := 0
	for _, w := range r.workloads() {
		secrets := map[string][]string{} // by container
		for _, c := range containers(w.pod.Spec) {
			for _, m := range c.VolumeMounts {
				for _, s := range secretsOf(w.pod.Spec, m.Name) {
					secrets[c.Name] = append(secrets[c.Name], s.Name)
				}
			}
		}
		for container, names := range secrets {
			require.Equal(t, container == "signer", slices.Contains(names, "lode-suppliers"), "%s/%s", w.name, container)
		}
		if len(w.pod.Spec.InitContainers) == 1 {
			pods++
			require.Equal(t, core.ContainerRestartPolicyAlways, *w.pod.Spec.InitContainers[0].RestartPolicy)
		}
	}
	require.Equal(t, 2, pods, "relayer and submitter")
}

// TestSeeds: of the Secret with the seeds a pod gets its own service's, and nobody but the job gets the operator's; both are as
// lode secrets make calls them.
func TestSeeds(t *testing.T) {
	made := t.TempDir()
	out, err := exec.Command(root+"/bin/lode", "secrets", "make", "--out", made, "--host", "nats").CombinedOutput()
	require.NoError(t, err, "%s", out)
	each(t, func(t *testing.T, r *release) {
		for _, w := range r.workloads() {
			for _, v := range w.pod.Spec.Volumes {
				require.Nil(t, v.Secret, "%s: all of a Secret", w.name)
				for _, s := range secretsOf(w.pod.Spec, v.Name) {
					require.NotEmpty(t, s.Items, "%s: all of Secret %s", w.name, s.Name)
					for _, item := range s.Items {
						switch s.Name {
						case "lode-bus":
							require.Equal(t, w.component+".nk", item.Key)
							require.FileExists(t, filepath.Join(made, item.Key))
						case "lode-operator":
							require.Equal(t, "topology", w.component)
							require.FileExists(t, filepath.Join(made, item.Path))
						}
					}
				}
			}
		}
	})
}

// secretsOf are the Secrets of a pod's volume.
func secretsOf(pod core.PodSpec, volume string) (all []core.SecretProjection) {
	for _, v := range pod.Volumes {
		if v.Name == volume && v.Projected != nil {
			for _, s := range v.Projected.Sources {
				all = append(all, *s.Secret)
			}
		}
	}
	return all
}
