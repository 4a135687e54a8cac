package relayer

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/lodeworks/lode/services/facts/factstest"
	"github.com/lodeworks/lode/tools/process"
)

// child is the relayer's process.
type child struct {
	*process.Process
	address string // of the relay endpoint
}

// settings are the relayer's; what they leave out is its default.
const settings = `observe: {listen: "%s", log_level: warn, pprof: true}
bus: {url: "%s"}
chain: {nodes: ["%s"]}
listen: "%s"
keys: {file: "%s"}
stale_after: 24h
services: {%s: {backend: "%s", pools: {websocket: {backends: {a: {url: "%s"}}}}}}
`

func startChild(ctx context.Context, program string, s *scene) (*child, error) {
	var address, observe string
	for _, a := range []*string{&address, &observe} {
		var err error
		if *a, err = process.FreeAddress(); err != nil {
			return nil, err
		}
	}
	keys := factstest.KeyFile(s, s.world.Suppliers...)
	text := fmt.Sprintf(settings, observe, s.busURL, s.world.URL(), address, keys, factstest.Service, s.backend, s.backend)
	path := filepath.Join(s.dir, "relayer.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return nil, err
	}
	p, err := process.Start(ctx, process.Options{Program: program, Args: []string{"-config", path}, Observe: observe, Stderr: os.Stderr})
	if err != nil {
		return nil, err
	}
	return &child{p, address}, p.Ready(ctx)
}
