package helm

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/yaml"
)

// TestDefaultDeny: one policy that allows nothing covers each pod, and one more says what its service may.
func TestDefaultDeny(t *testing.T) {
	each(t, func(t *testing.T, r *release) {
		if strings.HasSuffix(t.Name(), "/no-keda") {
			require.Empty(t, r.policies)
			return
		}
		for _, w := range r.workloads() {
			var over []*networking.NetworkPolicy
			for _, p := range r.policies {
				selector, err := meta.LabelSelectorAsSelector(&p.Spec.PodSelector)
				require.NoError(t, err)
				require.False(t, selector.Empty(), "%s: others live in this namespace, too", p.Name)
				require.Equal(t, []networking.PolicyType{"Ingress", "Egress"}, p.Spec.PolicyTypes, p.Name)
				if selector.Matches(labels.Set(w.pod.Labels)) {
					over = append(over, p)
				}
			}
			require.Len(t, over, 2, w.name)
			deny := slices.IndexFunc(over, func(p *networking.NetworkPolicy) bool { return len(p.Spec.Ingress)+len(p.Spec.Egress) == 0 })
			require.NotEqual(t, -1, deny, w.name)
			require.Equal(t, w.name, over[1-deny].Name)
		}
	})
}

// TestEgress: a service may reach the places that its configuration can name, at the ports that it does name, and no others.
func TestEgress(t *testing.T) {
	each(t, func(t *testing.T, r *release) {
		for name, p := range r.policies {
			service := p.Labels[componentLabel]
			if service == "" || service == "topology" {
				continue
			}
			want := map[string]bool{"UDP 53": true, "TCP 53": true}
			for _, address := range addresses(t, service, r.configs[name].Data[service+".yaml"]) {
				want["TCP "+port(t, address)] = true
			}
			if service == "gateway" { // suppliers choose their ports
				want["TCP 1-65535"], want["TCP 8545"] = true, true
			}
			have := map[string]bool{}
			for _, rule := range p.Spec.Egress {
				require.NotEmpty(t, rule.Ports, "%s: a rule without ports opens all", name)
				for _, p := range rule.Ports {
					text := fmt.Sprintf("%s %d", *p.Protocol, p.Port.IntVal)
					if p.EndPort != nil {
						text += fmt.Sprintf("-%d", *p.EndPort)
						require.NotEmpty(t, rule.To, "%s: all ports, but not everywhere", name)
					}
					have[text] = true
				}
			}
			require.Equal(t, want, have, name)
		}
	})
}

// addresses are those in a configuration, in the sections that the service's schema has.
func addresses(t *testing.T, service, text string) (all []string) {
	raw, err := os.ReadFile(root + "/schemas/config/" + service + ".json")
	require.NoError(t, err)
	var schema struct{ Properties map[string]any }
	require.NoError(t, json.Unmarshal(raw, &schema))
	var c struct {
		Bus        struct{ URL string }
		Chain      struct{ Nodes []string }
		ClickHouse struct{ DSN, HTTP string }
		Observe    struct{ Trace struct{ Endpoint string } }
		Services   map[string]struct {
			Backend string
			Pools   map[string]struct {
				Backends map[string]struct{ URL string }
			}
		}
	}
	require.NoError(t, yaml.Unmarshal([]byte(text), &c))
	for section, list := range map[string][]string{
		"bus": strings.Split(c.Bus.URL, ","), "chain": c.Chain.Nodes, "clickhouse": {c.ClickHouse.DSN, c.ClickHouse.HTTP}, "observe": {c.Observe.Trace.Endpoint},
	} {
		_, uses := schema.Properties[section]
		require.Equal(t, uses, section == "observe" || len(list) > 0 && list[0] != "", "%s and %s", service, section)
		if uses {
			all = append(all, list...)
		}
	}
	for _, s := range c.Services {
		all = append(all, s.Backend)
		for _, pool := range s.Pools {
			for _, b := range pool.Backends {
				all = append(all, b.URL)
			}
		}
	}
	return slices.DeleteFunc(all, func(address string) bool { return address == "" })
}

func port(t *testing.T, address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	require.NoError(t, err)
	if u.Port() != "" {
		return u.Port()
	}
	known := map[string]string{"http": "80", "ws": "80", "https": "443", "wss": "443", "nats": "4222", "tls": "4222", "clickhouse": "9000"}
	require.Contains(t, known, u.Scheme)
	return known[u.Scheme]
}

// TestIngress: others reach health and metrics, and what the service's Service leads to.
func TestIngress(t *testing.T) {
	each(t, func(t *testing.T, r *release) {
		for _, w := range r.workloads() {
			p := r.policies[w.name]
			if p == nil {
				continue
			}
			want, have := map[int32]bool{}, map[int32]bool{}
			for _, c := range containers(w.pod.Spec) {
				for _, port := range c.Ports {
					want[port.ContainerPort] = true
				}
			}
			for _, rule := range p.Spec.Ingress {
				for _, port := range rule.Ports {
					have[port.Port.IntVal] = true
				}
			}
			require.Equal(t, want, have, w.name)
		}
	})
}
