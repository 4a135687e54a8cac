package run

import (
	"fmt"
	"net/http"
	"net/url"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Health holds the probes of a service's loops.
type Health struct {
	mu     sync.Mutex
	probes map[string]*Probe
	kinds  map[string]func() map[string]string // of parts, see Parts
	now    func() time.Time
	shown  *metrics
}

// Probe is one loop's last progress.
type Probe struct {
	maxAge time.Duration // older than this is unready; 0: ready once it has beaten
	last   atomic.Int64  // unix nanoseconds of the last beat; 0: never
	now    func() time.Time
	shown  prometheus.Gauge // last, for /metrics
}

// NewHealth returns a Health without probes: ready. Its metrics are not registered.
func NewHealth() *Health { return newHealth(newMetrics(nil)) }

func newHealth(m *metrics) *Health {
	return &Health{probes: map[string]*Probe{}, kinds: map[string]func() map[string]string{}, now: time.Now, shown: m}
}

// Probe returns the named probe, made when it is new. The service is unready until it has beaten once.
func (h *Health) Probe(name string, maxAge time.Duration) *Probe {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p, ok := h.probes[name]; ok {
		return p
	}
	p := &Probe{maxAge: maxAge, now: h.now, shown: h.shown.beat.WithLabelValues(name)}
	if maxAge > 0 {
		h.shown.allowed.WithLabelValues(name).Set(maxAge.Seconds())
	}
	h.probes[name] = p
	return p
}

// Beat records progress now.
func (p *Probe) Beat() {
	now := p.now()
	p.last.Store(now.UnixNano())
	p.shown.Set(float64(now.UnixNano()) / 1e9)
}

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

// Parts adds parts of one kind, of which one that is well makes the service ready: it works for that one. faults says of
// each part by its name what is wrong, empty when nothing is; it is asked anew each time.
func (h *Health) Parts(kind string, faults func() map[string]string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.kinds[kind] = faults
}

// Faults names every loop that has not progressed in time, and each kind of which all parts are ill.
func (h *Health) Faults() []string {
	faults, _ := h.look()
	return faults
}

// look returns what makes the service unready, and the parts that are ill.
func (h *Health) look() (faults, ill []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for name, p := range h.probes {
		if f := p.fault(); f != "" {
			faults = append(faults, name+": "+f)
		}
	}
	for kind, ask := range h.kinds {
		parts, before := ask(), len(ill)
		for name, f := range parts {
			if f != "" {
				ill = append(ill, kind+" "+name+": "+f)
			}
		}
		if n := len(ill) - before; n > 0 && n == len(parts) {
			faults = append(faults, kind+": none is well")
		}
	}
	sort.Strings(faults)
	sort.Strings(ill)
	return faults, ill
}

// ServeHTTP answers readiness: 200 "ready", or 503 and the faults, one a line; behind either the parts that are ill. Asked
// for a part, as by ?service=x, it answers for that one too: 503 while it is ill, 404 when there is none of the name.
func (h *Health) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	faults, ill := h.look()
	status := h.part(r.URL.Query())
	if len(faults) > 0 && status == http.StatusOK {
		status = http.StatusServiceUnavailable
	}
	if status == http.StatusOK {
		faults = []string{"ready"}
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprintln(w, strings.Join(append(faults, ill...), "\n"))
}

// part is the status of the parts that are asked for, by kind.
func (h *Health) part(asked url.Values) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	status := http.StatusOK
	for kind, ask := range h.kinds {
		for _, name := range asked[kind] {
			fault, ok := ask()[name]
			switch {
			case !ok:
				return http.StatusNotFound
			case fault != "":
				status = http.StatusServiceUnavailable
			}
		}
	}
	return status
}
