package arch

import (
	"slices"
	"strings"
	"testing"
)

// layer is a folder and what its packages may import. Of two layers that hold a file, the deeper one counts.
type layer struct {
	folder string
	may    []string // folders of ours; the layer itself is always allowed
	never  []string // import paths, or their beginnings when they end in a slash; tests are free of this one
}

// except are single imports that a rule forbids and a reason allows.
var except = map[string]string{
	"services/pocket/keys log/slog": "a private key says how it is logged: not at all. It logs nothing itself",
}

// shell is what pure protocol code must not know: network, log, metrics, store.
var shell = []string{
	"net", "net/", "log", "log/", "database/sql", "github.com/nats-io/", "github.com/ClickHouse/",
	"github.com/prometheus/", "github.com/knadh/", "github.com/cometbft/cometbft/rpc/",
}

// layers are the rules for what is not a service.
var layers = []layer{
	{folder: "proto"},
	{folder: "schemas"},
	{folder: "services/internal"},
	{folder: "services/pocket", never: shell},
	{folder: "services/kit", may: []string{"proto", "schemas"}, never: []string{"github.com/pokt-network/"}},
	{folder: "services/facts", may: []string{"services/pocket", "services/kit"}},
	{folder: "services/blocks", may: []string{"services/kit", "proto"}},
	{folder: "services/replicas", may: []string{"services/kit"}},
	{folder: "services/signing", may: []string{"services/pocket"}},
	{folder: "services/event", may: []string{"proto"}, never: shell},
	{folder: "tools", may: []string{"services", "schemas", "proto"}},
	{folder: "e2e", may: []string{"tools", "services", "schemas", "proto"}},
}

// shared is what every service may import.
var shared = []string{"services/pocket", "services/kit", "services/facts", "services/blocks", "services/event", "services/signing", "services/replicas", "proto", "schemas"}

// within tells whether a folder is another one or lies in it.
func within(folder, outer string) bool {
	return folder == outer || strings.HasPrefix(folder, outer+"/")
}

func TestImports(t *testing.T) {
	rules := slices.Clone(layers)
	for _, name := range services(t) {
		rules = append(rules, layer{folder: "services/" + name, may: shared})
	}
	for _, s := range goFiles(t) {
		l, ok := layerOf(rules, s.dir())
		if !ok {
			t.Errorf("%s: in no layer: give its folder a rule", s.path)
			continue
		}
		for _, i := range s.imports() {
			if why := l.refuses(s, i); why != "" {
				t.Errorf("%s imports %s: %s", s.path, i, why)
			}
		}
	}
}

func layerOf(rules []layer, dir string) (best layer, found bool) {
	for _, l := range rules {
		if within(dir, l.folder) && len(l.folder) >= len(best.folder) {
			best, found = l, true
		}
	}
	return best, found
}

// refuses says why the file may not import i; empty when it may.
func (l layer) refuses(s source, i string) string {
	if except[s.dir()+" "+i] != "" {
		return ""
	}
	if folder, ours := strings.CutPrefix(i, module); ours {
		if within(folder, l.folder) || slices.ContainsFunc(l.may, func(m string) bool { return within(folder, m) }) {
			return ""
		}
		return l.folder + " may import of ours only itself and " + strings.Join(append([]string{"nothing more"}, l.may...), ", ")
	}
	if s.test() {
		return ""
	}
	for _, n := range l.never {
		if i == n || strings.HasSuffix(n, "/") && strings.HasPrefix(i, n) {
			return l.folder + " must not know " + n
		}
	}
	return ""
}

// TestToolsAndServices: a tool that is not the stack, the doctor or a generator sees a service only through its API and its
// words, never through its package (ADR 0007). A bench of the store's inserter is one of the inserter itself.
func TestToolsAndServices(t *testing.T) {
	mayConfigure := []string{"tools/stack", "tools/doctor", "tools/gen/config", "tools/bench/analytics"}
	for _, s := range goFiles(t) {
		if !within(s.dir(), "tools") || slices.ContainsFunc(mayConfigure, func(m string) bool { return within(s.dir(), m) }) {
			continue
		}
		for _, name := range services(t) {
			if slices.Contains(s.imports(), module+"services/"+name) {
				t.Errorf("%s imports service %s: only %v may", s.path, name, mayConfigure)
			}
		}
	}
}
