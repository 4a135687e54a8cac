package doctor

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/tools/secrets"
)

// patience is how long one question may take.
const patience = 5 * time.Second

// Look checks the deployment of the configurations in files. dir has the operator's key of the bus (`lode secrets make`); empty:
// streams are looked at only where the bus is open.
func Look(ctx context.Context, files []string, dir string) []Finding {
	parts, all := ReadParts(files)
	nodes := lookChain(ctx, parts)
	all = append(all, judgeChain(nodes, time.Now())...)
	holders := lookKeys(ctx, parts)
	all = append(all, judgeKeys(holders)...)
	all = append(all, lookStakes(ctx, nodes, holders)...)
	all = append(all, judgeLinks(lookLinks(ctx, parts), time.Now())...)
	all = append(all, lookTopology(ctx, parts, dir)...)
	all = append(all, judgeStores(lookStores(ctx, parts))...)
	all = append(all, judgeDisks(lookDisks(parts))...)
	if limit, err := openFiles(); err == nil {
		all = append(all, judgeFiles(limit, parts)...)
	}
	all = append(all, judgeCertificates(lookCertificates(parts), time.Now())...)
	return append(all, judgeReady(lookReady(ctx, parts))...)
}

// lookStakes asks the nodes that answer about the keys.
func lookStakes(ctx context.Context, nodes []node, holders []holder) []Finding {
	addresses := map[string]bool{}
	for _, h := range holders {
		for _, a := range h.addresses {
			addresses[a] = true
		}
	}
	cfg := chain.Default()
	cfg.Nodes, cfg.Timeout = nil, patience
	for _, n := range nodes {
		if n.err == nil {
			cfg.Nodes = append(cfg.Nodes, n.url)
		}
	}
	if len(addresses) == 0 || len(cfg.Nodes) == 0 {
		return nil
	}
	client, err := chain.Dial(cfg)
	if err != nil {
		return []Finding{fail("stake", "", err.Error(), "mend chain.nodes")}
	}
	list, least, err := lookSuppliers(ctx, client, slices.Sorted(maps.Keys(addresses)))
	if err != nil {
		return []Finding{fail("stake", "", err.Error(), "is the chain node well?")}
	}
	return judgeSuppliers(list, least, holders)
}

// lookTopology looks at the streams as the operator.
func lookTopology(ctx context.Context, parts []Part, dir string) []Finding {
	for _, p := range parts {
		switch {
		case p.Bus == nil:
		case dir != "":
			return judgeStreams(lookStreams(ctx, secrets.Client(dir, secrets.Operator, p.Bus.URL)))
		case p.Bus.SeedFile == "":
			return judgeStreams(lookStreams(ctx, bus.Config{URL: p.Bus.URL, CAFile: p.Bus.CAFile}))
		default:
			return []Finding{warn("streams", "", "not looked at", "give --secrets with the operator's key")}
		}
	}
	return nil
}
