package stack

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"time"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/tools/secrets"
)

// Options say what to run and where. Start from Default.
type Options struct {
	Dir        string        // state of everything; made when missing
	Bin        string        // folder of the built programs
	Profile    string        // chain parameters: demo or mainnet
	BlockTime  time.Duration // wait between blocks
	Suppliers  int           // staked suppliers, all served by the one relayer
	Submitters int           // all with the keys of all suppliers; the second is process submitter-2
	LLM        string        // base URL of an OpenAI-compatible server; empty: the demo model server
	Model      string        // model name that the gateway offers
	BusURL     string        // NATS server that is open to this machine; empty: one in this process, with a user for each service
	ClickHouse string        // DSN of a ClickHouse server; empty: the embedded engine
	Ports      Ports

	// Chain writes the chain's home for its RPC port; nil: the network of Profile, BlockTime and Suppliers.
	Chain func(home string) error
	// Without names programs that are not run.
	Without []string
	// SubmitterChain is the CometBFT RPC that the submitter asks; empty: the chain's own.
	SubmitterChain string
}

// Ports are where the parts listen, all on loopback.
type Ports struct {
	Gateway, Relayer, Analytics, ClickHouse, Bus, Chain, LLM int
	// Observe are the /metrics, /healthz and /readyz ports of the services.
	Observe map[string]int
}

// services are the programs of Lode itself.
var services = []string{"indexer", "relayer", "hasher", "submitter", "analytics", "gateway"}

// Default listens on fixed ports below the folder dir.
func Default(dir string) Options {
	o := Options{
		Dir: dir, Bin: "bin", Profile: "demo", BlockTime: time.Second, Suppliers: 2, Submitters: 1, Model: "demo-ngram",
		Ports: Ports{Gateway: 8080, Relayer: 8545, Analytics: 8070, ClickHouse: 8123, Bus: 4222, Chain: 26657, LLM: 8081, Observe: map[string]int{}},
	}
	for i, name := range services {
		o.Ports.Observe[name] = 9100 + i
	}
	return o
}

// Validate names every fault at once.
func (o Options) Validate() error {
	var errs []error
	fault := func(bad bool, text string) {
		if bad {
			errs = append(errs, errors.New(text))
		}
	}
	fault(o.Dir == "", "a folder for the state is needed")
	fault(o.BlockTime < 200*time.Millisecond, "block time must be at least 200ms")
	fault(o.Suppliers < 2, "at least two suppliers are needed")
	fault(o.Submitters < 1, "at least one submitter is needed")
	fault(o.Model == "", "a model name is needed")
	return errors.Join(errs...)
}

// FreePorts returns ports that nobody listens on now.
func FreePorts() (Ports, error) {
	p := Ports{Observe: map[string]int{}}
	var held []net.Listener
	defer func() {
		for _, ln := range held {
			_ = ln.Close()
		}
	}()
	free := func() (int, error) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return 0, fmt.Errorf("find a free port: %w", err)
		}
		held = append(held, ln)
		return ln.Addr().(*net.TCPAddr).Port, nil
	}
	for _, port := range []*int{&p.Gateway, &p.Relayer, &p.Analytics, &p.ClickHouse, &p.Bus, &p.Chain, &p.LLM} {
		var err error
		if *port, err = free(); err != nil {
			return p, err
		}
	}
	for _, name := range services {
		port, err := free()
		if err != nil {
			return p, err
		}
		p.Observe[name] = port
	}
	return p, nil
}

func (o Options) path(parts ...string) string {
	return filepath.Join(append([]string{o.Dir}, parts...)...)
}

func loopback(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

// Websockets tells whether the model server takes chat requests by WebSocket.
func (o Options) Websockets() bool { return o.LLM == "" }

// GatewayURL is where applications ask.
func (o Options) GatewayURL() string { return "http://" + loopback(o.Ports.Gateway) }

// AnalyticsURL is where operators and analysts ask.
func (o Options) AnalyticsURL() string { return "http://" + loopback(o.Ports.Analytics) }

// ChainURL is the node's CometBFT RPC.
func (o Options) ChainURL() string { return "http://" + loopback(o.Ports.Chain) }

// Bus is how a service, or the operator, reaches the bus. The one in this process lets in nobody else.
func (o Options) Bus(user string) bus.Config {
	if o.BusURL != "" {
		return bus.Config{URL: o.BusURL}
	}
	return secrets.Client(o.SecretsDir(), user, "tls://"+loopback(o.Ports.Bus))
}

// BusFlags is the same for the operator's tool.
func (o Options) BusFlags() []string {
	if o.BusURL != "" {
		return []string{"--bus", o.BusURL}
	}
	return []string{"--bus", o.Bus(secrets.Operator).URL, "--secrets", o.SecretsDir()}
}

// ConfigDir is where the services' configurations are.
func (o Options) ConfigDir() string { return o.path("config") }

// SecretsDir is where the keys of the bus in this process are.
func (o Options) SecretsDir() string { return o.path("secrets") }

// ClickHouseDSN is the database the analytics service writes to.
func (o Options) ClickHouseDSN() string {
	if o.ClickHouse != "" {
		return o.ClickHouse
	}
	return "http://" + loopback(o.Ports.ClickHouse) + "/default"
}
