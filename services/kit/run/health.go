package run

import (
	"fmt"
	"net/http"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Health holds the probes of a service's loops.
type Health struct {
	mu     sync.Mutex
	probes map[string]*Probe
	now    func() time.Time
}

// Probe is one loop's last progress.
type Probe struct {
	maxAge time.Duration // older than this is unready; 0: ready once it has beaten
	last   atomic.Int64  // unix nanoseconds of the last beat; 0: never
	now    func() time.Time
}

// NewHealth returns a Health without probes: ready.
func NewHealth() *Health { return &Health{probes: map[string]*Probe{}, now: time.Now} }

// Probe returns the named probe, made when it is new. The service is unready until it has beaten once.
func (h *Health) Probe(name string, maxAge time.Duration) *Probe {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p, ok := h.probes[name]; ok {
		return p
	}
	p := &Probe{maxAge: maxAge, now: h.now}
	h.probes[name] = p
	return p
}

// Beat records progress now.
func (p *Probe) Beat() { p.last.Store(p.now().UnixNano()) }

// fault says what is wrong with the probe, empty when nothing is.
func (p *Probe) fault() string {
	last := p.last.Load()
	if last == 0 {
		return "no progress yet"
	}
	if age := p.now().Sub(time.Unix(0, last)); p.maxAge > 0 && age > p.maxAge {
		return fmt.Sprintf("no progress for %s, allowed %s", age.Round(time.Millisecond), p.maxAge)
	}
	return ""
}

// Faults names every loop that has not progressed in time.
func (h *Health) Faults() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var faults []string
	for name, p := range h.probes {
		if f := p.fault(); f != "" {
			faults = append(faults, name+": "+f)
		}
	}
	sort.Strings(faults)
	return faults
}

// ServeHTTP answers readiness: 200 "ready", or 503 and the faults, one a line.
func (h *Health) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if faults := h.Faults(); len(faults) > 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = fmt.Fprintln(w, strings.Join(faults, "\n"))
		return
	}
	_, _ = fmt.Fprintln(w, "ready")
}
