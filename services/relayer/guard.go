package relayer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"runtime"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/pocket/ring"
	"github.com/lodeworks/lode/services/relayer/admission"
)

// guard bounds what a request can cost before it is known to be signed by whom the chain allows. A key image is not
// secret, but comes to be known by a valid signature only; whoever copies one gets past the limits for strangers, and
// spends nothing that is its owner's: only valid relays are charged to an application or a signer.
type guard struct {
	limits   Limits
	overload *admission.Overload
	checks   *admission.Slots                     // verifications of signatures
	signers  *lru.Cache[ring.PublicKey, struct{}] // key images of valid signatures
	apps     *lru.Cache[string, struct{}]         // applications with valid relays

	applications *admission.Rates[string]
	gateways     *admission.Rates[ring.PublicKey] // by key image
	suspects     *admission.Rates[netip.Addr]     // forged relays, by where they came from

	questions *admission.Slots // to the chain
	strangers *rate.Limiter    // of them, for applications that never sent a valid relay

	served  *admission.Memory // relays that are being served, or were
	invalid *admission.Memory // signatures that can't become valid
}

// Entries of what the guard remembers beside the relays served.
const (
	guardEntries   = 4096
	guardAddresses = 65536
	guardInvalid   = 1 << 17
)

func newGuard(l Limits) *guard {
	checks := l.Verifications
	if checks == 0 {
		checks = 4 * runtime.GOMAXPROCS(0)
	}
	g := &guard{
		limits:       l,
		overload:     admission.NewOverload(l.OverloadDelay),
		checks:       admission.NewSlots(checks, l.VerifyQueue, l.VerifyWait),
		applications: admission.NewRates[string](l.ApplicationRate, l.ApplicationBurst, guardEntries),
		gateways:     admission.NewRates[ring.PublicKey](l.GatewayRate, l.GatewayBurst, guardEntries),
		suspects:     admission.NewRates[netip.Addr](l.SuspectRate, 0, guardAddresses),
		questions:    admission.NewSlots(l.ChainQueries, askQueue, askWait),
		strangers:    rate.NewLimiter(rate.Inf, 1),
		served:       admission.NewMemory(l.Replays),
		invalid:      admission.NewMemory(guardInvalid),
	}
	if l.StrangerQueries > 0 {
		g.strangers = rate.NewLimiter(rate.Limit(l.StrangerQueries), max(50, int(5*l.StrangerQueries)))
	}
	g.signers, _ = lru.New[ring.PublicKey, struct{}](guardEntries) // fails only for a size that is not positive
	g.apps, _ = lru.New[string, struct{}](guardEntries)
	return g
}

// under is the guard with other limits. What it remembers is one and the same; what counts by a limit that is as before
// goes on where it was.
func (g *guard) under(l Limits) *guard {
	next, before := newGuard(l), g.limits
	next.overload, next.signers, next.apps, next.served, next.invalid = g.overload, g.signers, g.apps, g.served, g.invalid
	if l.Verifications == before.Verifications && l.VerifyQueue == before.VerifyQueue && l.VerifyWait == before.VerifyWait {
		next.checks = g.checks
	}
	if l.ApplicationRate == before.ApplicationRate && l.ApplicationBurst == before.ApplicationBurst {
		next.applications = g.applications
	}
	if l.GatewayRate == before.GatewayRate && l.GatewayBurst == before.GatewayBurst {
		next.gateways = g.gateways
	}
	if l.SuspectRate == before.SuspectRate {
		next.suspects = g.suspects
	}
	if l.ChainQueries == before.ChainQueries {
		next.questions = g.questions
	}
	if l.StrangerQueries == before.StrangerQueries {
		next.strangers = g.strangers
	}
	return next
}

// before refuses what can be refused without the chain or a curve, and says whether the signer seems to be a known one.
func (g *guard) before(ctx context.Context, a admitted) (admission.Class, error) {
	app, image := a.request.Meta.SessionHeader.ApplicationAddress, imageOf(a.request.Meta.Signature)
	_, known := g.signers.Get(image)
	class, peer := admission.Class(known), peerIn(ctx)
	switch {
	case g.served.Has(a.id):
		return class, errReplay()
	case g.invalid.Has(a.id):
		return class, refuse(http.StatusForbidden, relay.RingInvalidSignature, "signature", errors.New("this signature was found invalid before"))
	case g.applications.Spent(app):
		return class, tooMany("application_rate", "application "+app)
	case g.gateways.Spent(image):
		return class, tooMany("gateway_rate", "the signer")
	case class == admission.Stranger && peer.IsValid() && g.suspects.Spent(peer):
		return class, tooMany("suspect", fmt.Sprintf("address %s, for its forged relays and an unknown signer,", peer))
	}
	return class, nil
}

// passed charges a relay that passed every check, and makes it known: it is served once.
func (g *guard) passed(a admitted) error {
	app, image := a.request.Meta.SessionHeader.ApplicationAddress, imageOf(a.request.Meta.Signature)
	g.signers.Add(image, struct{}{})
	g.apps.Add(app, struct{}{})
	if !g.served.Add(a.id) {
		return errReplay()
	}
	if !g.applications.Take(app) {
		g.unserved(a)
		return tooMany("application_rate", "application "+app)
	}
	if !g.gateways.Take(image) {
		g.unserved(a)
		return tooMany("gateway_rate", "the signer")
	}
	return nil
}

// unserved lets a relay that passed come again: nobody was charged for it.
func (g *guard) unserved(a admitted) { g.served.Remove(a.id) }

// failed notes what a refused relay says about its sender.
func (g *guard) failed(ctx context.Context, a admitted, err error) {
	if errors.Is(err, ring.ErrInvalid) || errors.Is(err, ring.ErrMalformed) {
		g.invalid.Add(a.id)
	}
	if peer := peerIn(ctx); peer.IsValid() && asRefusal(err).status == http.StatusForbidden {
		g.suspects.Take(peer)
	}
}

// imageOf returns the key image in an encoded ring signature; the zero one where there is none.
func imageOf(signature []byte) (image ring.PublicKey) {
	const at = 4 + 32 // after the ring's size and a challenge
	if len(signature) >= at+len(image) {
		copy(image[:], signature[at:])
	}
	return image
}

func errReplay() error {
	return refuse(http.StatusConflict, relay.InvalidRequest, "replay", errors.New("this very relay was served already: sign it again"))
}

func tooMany(cause, who string) error {
	return refuse(http.StatusTooManyRequests, relay.RateLimited, cause, fmt.Errorf("%s sends too many relays", who))
}

// peerKey is where the context of a connection holds its peer.
type peerKey struct{}

// withPeer is an http.Server's ConnContext.
func withPeer(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, peerKey{}, admission.Peer(c.RemoteAddr()))
}

// peerIn is who sent the request; not valid where that is not known.
func peerIn(ctx context.Context) netip.Addr {
	peer, _ := ctx.Value(peerKey{}).(netip.Addr)
	return peer
}
