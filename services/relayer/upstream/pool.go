package upstream

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// Pool is all backends of one service. It is safe for use by many goroutines.
type Pool struct {
	service string
	cfg     Config
	std     RPC
	groups  map[RPC]*group
	stop    context.CancelFunc
	checks  sync.WaitGroup
}

// New reads the secrets and begins to ask the backends how they are. Close ends that.
func New(service string, cfg Config, log *slog.Logger) (*Pool, error) {
	ctx, stop := context.WithCancel(context.Background())
	p := &Pool{service: service, cfg: cfg, std: cfg.Default, groups: map[RPC]*group{}, stop: stop}
	for rpc, conf := range cfg.Groups {
		g, err := newGroup(service, rpc, conf.withDefaults(), cfg.Limit)
		if err != nil {
			stop()
			return nil, fmt.Errorf("service %s, %s: %w", service, rpc, err)
		}
		p.groups[rpc] = g
	}
	if p.groups[p.std] == nil {
		stop()
		return nil, fmt.Errorf("service %s has no backend for its default RPC type %q", service, p.std)
	}
	for _, g := range p.groups {
		g.watchHealth(ctx, &p.checks, log)
	}
	return p, nil
}

// Is tells whether a pool that is made of cfg now would be this one: of the same configuration, with the same secrets in
// the files.
func (p *Pool) Is(cfg Config) bool {
	if !reflect.DeepEqual(p.cfg, cfg) {
		return false
	}
	for rpc, g := range p.groups {
		for _, e := range g.endpoints {
			if headers, err := headersOf(e.base, cfg.Groups[rpc].Backends[e.name]); err != nil || !reflect.DeepEqual(headers, e.headers) {
				return false
			}
		}
	}
	return true
}

// Close ends the questions about health. Calls under way go on, and new ones still work; connections close as they become
// idle.
func (p *Pool) Close() {
	p.stop()
	p.checks.Wait()
	for _, g := range p.groups {
		for _, e := range g.endpoints {
			e.closed.Store(true)
			e.leave()
		}
	}
}

// Has tells whether calls of this RPC type can be answered.
func (p *Pool) Has(rpc RPC) bool { return p.of(rpc) != nil }

// Own tells whether this RPC type has backends of its own.
func (p *Pool) Own(rpc RPC) bool { return p.groups[rpc] != nil }

// of is the group that answers an RPC type: its own, else the default's unless HTTP is not what it speaks.
func (p *Pool) of(rpc RPC) *group {
	if g := p.groups[rpc]; g != nil || rpc.own() {
		return g
	}
	return p.groups[p.std]
}

// Pick names a backend to whoever calls it by other means, with the headers that it needs. done must be called when
// the connection ends; an error other than the context's counts against the backend.
func (p *Pool) Pick(rpc RPC) (picked Picked, done func(err error), err error) {
	g := p.of(rpc)
	if g == nil {
		return picked, nil, &Error{Service: p.service, Kind: ErrDown, Cause: fmt.Errorf("none for RPC type %s", rpc)}
	}
	l := g.choose(&Call{RPC: rpc}, nil)
	if l == nil {
		return picked, nil, &Error{Service: p.service, Kind: ErrDown}
	}
	return Picked{l.name, *l.base, l.headers.Clone()}, func(err error) { l.end(verdict(err)) }, nil
}

// Picked is a backend to be called by other means.
type Picked struct {
	Name   string
	URL    url.URL
	Header http.Header // that it needs
}

// State is how one backend is.
type State struct {
	RPC  RPC    `json:"rpc"`
	Name string `json:"backend"`
	Up   bool   `json:"up"`   // takes calls
	Load int64  `json:"load"` // calls under way
}

// States are all backends, in a fixed order.
func (p *Pool) States() []State {
	var all []State
	for _, rpc := range slices.Sorted(maps.Keys(p.groups)) {
		for _, e := range p.groups[rpc].endpoints {
			all = append(all, State{RPC: rpc, Name: e.name, Up: e.up(), Load: e.load.Load()})
		}
	}
	return all
}

// Up tells whether calls of the service's default RPC type find a backend.
func (p *Pool) Up() bool { return slices.ContainsFunc(p.groups[p.std].endpoints, (*endpoint).up) }

// group is the endpoints of one RPC type.
type group struct {
	service   string
	cfg       GroupConfig
	limit     int64
	endpoints []*endpoint // by name
	turn      turn
	budget    *budget // of hedges
}

func newGroup(service string, rpc RPC, cfg GroupConfig, limit int64) (*group, error) {
	g := &group{service: service, cfg: cfg, limit: limit, budget: newBudget(cfg.HedgePercent)}
	for name, conf := range cfg.Backends {
		e, err := newEndpoint(name, rpc, conf, cfg)
		if err != nil {
			return nil, err
		}
		g.endpoints = append(g.endpoints, e)
	}
	slices.SortFunc(g.endpoints, func(a, b *endpoint) int { return strings.Compare(a.name, b.name) })
	return g, nil
}
