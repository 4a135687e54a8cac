package drill

import "fmt"

// Kind is what is done to a container.
type Kind string

// The kinds.
const (
	Kill       Kind = "kill"        // SIGKILL to its process; the engine starts it again
	KillLeader Kind = "kill leader" // the same to the NATS server that leads the relay log
	Cut        Kind = "cut off"     // from the network, for CutFor
	Restart    Kind = "restart"
	Roll       Kind = "roll" // to a container of another image
)

// Fault is one thing that is done.
type Fault struct {
	Kind    Kind
	Service string // as compose.yaml names it; empty: whoever leads
}

func (f Fault) String() string {
	if f.Service == "" {
		return string(f.Kind)
	}
	return fmt.Sprintf("%s %s", f.Kind, f.Service)
}

// Plan is every fault of a drill, in order. What is rolled last is what all others hang on.
func Plan() []Fault {
	plan := []Fault{
		{KillLeader, ""},
		{Kill, "hasher-1"},
		{Kill, "relayer-1"},
		{Kill, "submitter-1"},
		{Cut, "hasher-2"},
		{Restart, "clickhouse"},
		{Restart, "chain"},
	}
	for _, service := range []string{
		"gateway-1", "gateway-2", "relayer-1", "relayer-2", "hasher-1", "hasher-2", "hasher-3", "submitter-1", "submitter-2",
		"indexer", "analytics", "model-1", "model-2", "nats-1", "nats-2", "nats-3", "clickhouse", "chain",
	} {
		plan = append(plan, Fault{Roll, service})
	}
	return plan
}
