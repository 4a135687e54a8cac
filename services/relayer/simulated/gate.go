package simulated

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"
	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	"golang.org/x/time/rate"

	"github.com/lodeworks/lode/services/pocket/keys"
	"github.com/lodeworks/lode/services/pocket/ring"
)

// Header names the identity of a simulated relay.
const Header = "Pocket-Simulation-Key-Id"

// Fault is why a simulated relay is not served.
type Fault struct {
	Status int    // of HTTP
	Cause  string // one word for metrics
	err    error
}

func (f *Fault) Error() string { return f.err.Error() }

func fault(status int, cause, format string, args ...any) *Fault {
	return &Fault{Status: status, Cause: "simulated_" + cause, err: fmt.Errorf(format, args...)}
}

// Gate admits simulated relays. It is safe for concurrent use.
type Gate struct {
	cfg        Config
	verifier   *ring.Verifier
	now        func() time.Time
	slots      chan struct{}
	identities map[string]*identity
	used       *expirable.LRU[[32]byte, struct{}] // signatures of the last two windows
}

type identity struct {
	pinned
	Identity
	rate *rate.Limiter
}

// NewGate returns a gate for a valid configuration, nil when it is not enabled. With the configuration of the gate before,
// if there was one, it is that; a new one refuses the signatures that were used there, too.
func NewGate(cfg Config, verifier *ring.Verifier, before *Gate) (*Gate, error) {
	if !cfg.Enabled {
		return nil, nil
	}
	if before != nil && reflect.DeepEqual(cfg, before.cfg) {
		return before, nil
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	g := &Gate{cfg: cfg, verifier: verifier, now: time.Now, slots: make(chan struct{}, cfg.MaxConcurrent), identities: map[string]*identity{}}
	memory := 0
	for id, who := range cfg.Identities {
		p, err := who.pinned()
		if err != nil {
			return nil, err
		}
		perSec := who.MaxPerSec
		if perSec == 0 {
			perSec = defaultPerSec
		}
		burst := int(math.Ceil(perSec))
		g.identities[id] = &identity{pinned: p, Identity: who, rate: rate.NewLimiter(rate.Limit(perSec), burst)}
		memory += burst + int(math.Ceil(perSec*2*cfg.Freshness.Seconds()))
	}
	var used [][32]byte
	if before != nil {
		used = before.used.Keys()
	}
	g.used = expirable.NewLRU[[32]byte, struct{}](max(memory, 1)+len(used), nil, 2*cfg.Freshness)
	for _, id := range used {
		g.used.Add(id, struct{}{})
	}
	return g, nil
}

// Admit checks a request whose stateless checks are done, hash is what its ring signed. The caller calls done when the
// relay is answered. The error is a *[Fault].
func (g *Gate) Admit(keyID string, req *servicetypes.RelayRequest, hash [32]byte) (done func(), err error) {
	select {
	case g.slots <- struct{}{}:
	default:
		return nil, fault(http.StatusTooManyRequests, "busy", "%d simulated relays are under way", g.cfg.MaxConcurrent)
	}
	done = func() { <-g.slots }
	if err := g.check(keyID, req, hash); err != nil {
		done()
		return nil, err
	}
	return done, nil
}

func (g *Gate) check(keyID string, req *servicetypes.RelayRequest, hash [32]byte) error {
	who := g.identities[keyID]
	switch {
	case who == nil:
		return fault(http.StatusForbidden, "unknown", "simulation key id %.60q is not known", keyID)
	case !who.Enabled, !who.notAfter.IsZero() && g.now().After(who.notAfter):
		return fault(http.StatusForbidden, "disabled", "simulation key id %s is disabled or has expired", keyID)
	}
	header := req.Meta.SessionHeader
	switch {
	case header.ApplicationAddress != keys.AddressOf(who.application):
		return fault(http.StatusForbidden, "application", "the application is not the pinned one")
	case !slices.Contains(who.Services, header.ServiceId):
		return fault(http.StatusForbidden, "service", "service %.60q may not be asked by %s", header.ServiceId, keyID)
	case header.SessionStartBlockHeight != 1 || header.SessionEndBlockHeight != 2:
		return fault(http.StatusForbidden, "session", "a simulated session is from height 1 to 2")
	}
	at, err := sessionTime(header.SessionId)
	if err != nil {
		return fault(http.StatusForbidden, "session", "%w", err)
	}
	if away := g.now().Sub(at).Abs(); away >= g.cfg.Freshness {
		return fault(http.StatusForbidden, "stale", "the session is %s away from now", away.Round(time.Second))
	}
	if err := g.verifier.Verify(hash, req.Meta.Signature, who.members); err != nil {
		return fault(http.StatusForbidden, "signature", "%w", err)
	}
	return g.once(who, req.Meta.Signature)
}

// once is rate and replay, for who may send.
func (g *Gate) once(who *identity, signature []byte) error {
	id := sha256.Sum256(signature)
	if g.used.Contains(id) {
		return fault(http.StatusConflict, "replay", "this signature was used before")
	}
	if !who.rate.AllowN(g.now(), 1) {
		return fault(http.StatusTooManyRequests, "rate", "too many simulated relays")
	}
	g.used.Add(id, struct{}{})
	return nil
}

// errSession is wrapped when a session id is not one of a simulated relay.
var errSession = errors.New("not a simulated session id")
