package relayer

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"github.com/lodeworks/lode/services/relayer/upstream"
)

// observe has the shell say how the services are: /readyz, which needs one that works, and /services.
func (s *Relayer) observe() {
	s.kit.Health.Parts("service", s.ill)
	if s.kit.Pages != nil {
		s.kit.Pages.HandleFunc("GET /services", s.listServices)
	}
}

// ill says of each service what is wrong with it; empty: nothing.
func (s *Relayer) ill() map[string]string {
	all := map[string]string{}
	for id, pool := range s.now().backends {
		if all[id] = ""; !pool.Up() {
			all[id] = "no backend takes calls"
		}
	}
	return all
}

// down is how many services are ill; none before there are any.
func (s *Relayer) down() (n float64) {
	if s.now() == nil {
		return 0
	}
	for _, fault := range s.ill() {
		if fault != "" {
			n++
		}
	}
	return n
}

// serviceState is an entry of /services.
type serviceState struct {
	Service  string           `json:"service"`
	Ready    bool             `json:"ready"` // calls of its default RPC type find a backend
	Backends []upstream.State `json:"backends"`
}

// listServices answers with the services and their backends as they are now. It names no addresses.
func (s *Relayer) listServices(w http.ResponseWriter, _ *http.Request) {
	now, all := s.now(), []serviceState{}
	for _, id := range slices.Sorted(maps.Keys(now.backends)) {
		pool := now.backends[id]
		all = append(all, serviceState{Service: id, Ready: pool.Up(), Backends: pool.States()})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(all) // the other end has gone
}
