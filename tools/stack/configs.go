package stack

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/lodeworks/lode/services/analytics"
	"github.com/lodeworks/lode/services/gateway"
	"github.com/lodeworks/lode/services/hasher"
	"github.com/lodeworks/lode/services/indexer"
	"github.com/lodeworks/lode/services/kit/conf"
	"github.com/lodeworks/lode/services/pocket/keys"
	"github.com/lodeworks/lode/services/relayer"
	"github.com/lodeworks/lode/services/relayer/upstream"
	"github.com/lodeworks/lode/services/submitter"
)

// serviceID is the service that the local chain offers.
const serviceID = "demo-llm"

// writeConfigs writes every service's complete configuration; what a person changes there is overwritten at the
// next start, for it must fit the chain and the ports.
func (s *Stack) writeConfigs() error {
	application, err := addressIn(s.o.path("chain", "keys", "application.hex"))
	if err != nil {
		return err
	}
	for name, cfg := range s.configs(application) {
		text, err := conf.YAML(cfg)
		if err != nil {
			return err
		}
		if err := os.WriteFile(s.configFile(name), text, 0o600); err != nil {
			return fmt.Errorf("write configuration of %s: %w", name, err)
		}
	}
	return nil
}

func (s *Stack) configFile(service string) string {
	return filepath.Join(s.o.ConfigDir(), service+".yaml")
}

// configs returns each service's configuration: its defaults, and what this stack decides.
func (s *Stack) configs(application string) map[string]any {
	o, nodes := s.o, []string{s.o.ChainURL()}
	suppliers := o.path("chain", "keys", "suppliers.hex")

	i := indexer.Default()
	i.Shell.Listen, i.Bus, i.Chain.Nodes = s.observe("indexer"), o.Bus("indexer"), nodes
	i.Chain.WatchEvery = o.BlockTime / 10

	r := relayer.Default()
	r.Observability.Listen, r.Bus, r.Chain.Nodes = s.observe("relayer"), o.Bus("relayer"), nodes
	r.Listen, r.Keys.File = loopback(o.Ports.Relayer), suppliers
	r.Services = map[string]relayer.Service{serviceID: s.service()}
	r.Spool.Dir = o.path("relayer-spool")

	h := hasher.Default()
	h.Observability.Listen, h.Bus = s.observe("hasher"), o.Bus("hasher")

	u := submitter.Default()
	u.Observability.Listen, u.Bus, u.Chain.Nodes = s.observe("submitter"), o.Bus("submitter"), nodes
	u.KeysFile, u.LeaseTTL = suppliers, min(u.LeaseTTL, 2*o.BlockTime) // windows of some blocks must be met by who takes over
	if o.SubmitterChain != "" {
		u.Chain.Nodes = []string{o.SubmitterChain}
	}

	a := analytics.Default()
	a.Observability.Listen, a.Bus = s.observe("analytics"), o.Bus("analytics")
	a.Listen, a.ClickHouse.DSN = loopback(o.Ports.Analytics), o.ClickHouseDSN()
	a.Chain.Nodes, a.SnapshotEvery = nodes, 10

	g := gateway.Default()
	g.Observability.Listen, g.Chain.Nodes = s.observe("gateway"), nodes
	g.Listen, g.KeyFile = loopback(o.Ports.Gateway), o.path("chain", "keys", "gateway.hex")
	g.Applications, g.Models = []string{application}, map[string]string{o.Model: serviceID}
	g.HeightEvery = o.BlockTime / 4

	all := map[string]any{"indexer": i, "relayer": r, "hasher": h, "submitter": u, "analytics": a, "gateway": g}
	for n := 2; n <= o.Submitters; n++ {
		u.Observability.Listen = loopback(0)
		all[replica("submitter", n)] = u
	}
	return all
}

func (s *Stack) observe(service string) string { return loopback(s.o.Ports.Observe[service]) }

// service is how the relayer answers: the demo model server takes chat requests by WebSocket, too.
func (s *Stack) service() relayer.Service {
	service := relayer.Service{Backend: s.llm()}
	if s.o.Websockets() {
		sockets := upstream.GroupConfig{Backends: map[string]upstream.EndpointConfig{"demollm": {URL: s.llm() + "/v1/chat/completions"}}}
		service.Pools = map[string]upstream.GroupConfig{string(upstream.WebSocket): sockets}
	}
	return service
}

// llm is the base URL of the model server.
func (s *Stack) llm() string {
	if s.o.LLM != "" {
		return s.o.LLM
	}
	return "http://" + loopback(s.o.Ports.LLM)
}

// addressIn returns the address of the only key in a file.
func addressIn(file string) (string, error) {
	list, err := keys.LoadFile(file)
	if err != nil {
		return "", err
	}
	if len(list) != 1 {
		return "", fmt.Errorf("%s holds %d keys, expected one", file, len(list))
	}
	return list[0].Address(), nil
}
