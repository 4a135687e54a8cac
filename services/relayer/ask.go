package relayer

import (
	"context"
	"errors"
	"net/http"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"google.golang.org/grpc"

	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/relayer/admission"
)

// asker bounds the questions that go to the chain: requests that nobody signed may name applications, sessions and
// heights without end.
type asker struct {
	grpc.ClientConnInterface
	guard func() *guard // the one of now
}

// How questions queue for a slot.
const (
	askQueue = 256
	askWait  = 2 * time.Second
)

// Invoke asks the chain, or is [admission.ErrBusy].
func (a *asker) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	class, g := admission.Known, a.guard()
	if ctx.Value(strangerKey{}) != nil {
		class = admission.Stranger
		if !g.strangers.Allow() {
			return admission.ErrBusy
		}
	}
	release, err := g.questions.Take(ctx, class)
	if err != nil {
		return err
	}
	defer release()
	return a.ClientConnInterface.Invoke(ctx, method, args, reply, opts...)
}

// strangerKey marks the context of questions for an application that never sent a valid relay.
type strangerKey struct{}

// asking returns the context for questions about an application.
func (g *guard) asking(ctx context.Context, application string) context.Context {
	if g.apps.Contains(application) {
		return ctx
	}
	return context.WithValue(ctx, strangerKey{}, true)
}

// noes remembers for a short time what the chain said no to, so that it is not asked again with every request.
type noes struct{ cache *lru.Cache[question, no] }

// question is about a session, or with nothing but an application about its ring.
type question struct {
	application, service string
	start                int64
}

type no struct {
	err    error
	height int64 // at which it was asked: with the next block it may be a yes
	until  time.Time
}

// How long a no counts: the chain's own, and that of a node that could not answer.
const (
	noFromChain = 5 * time.Second
	noAnswer    = time.Second
)

func newNoes() *noes {
	cache, _ := lru.New[question, no](guardEntries) // fails only for a size that is not positive
	return &noes{cache}
}

// asked returns what ask does, or the no that it was answered with a moment ago.
func asked[V any](n *noes, about question, height int64, ask func() (V, error)) (out V, err error) {
	if have, ok := n.cache.Get(about); ok && have.height == height && time.Now().Before(have.until) {
		return out, have.err
	}
	out, err = ask()
	if err == nil || errors.Is(err, admission.ErrBusy) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return out, err
	}
	last := noAnswer
	if isChains(err) {
		last = noFromChain
	}
	n.cache.Add(about, no{err, height, time.Now().Add(last)})
	return out, err
}

// isChains tells that the chain itself refused, not a node that could not answer.
func isChains(err error) bool {
	var said *chain.QueryError
	return errors.As(err, &said)
}

// unanswered is the refusal of a relay about which the chain said no, or could not be asked.
func unanswered(reg relay.Refusal, cause string, err error) error {
	switch {
	case errors.Is(err, admission.ErrBusy):
		return refuse(http.StatusServiceUnavailable, relay.Internal, "chain_busy", err)
	case isChains(err):
		return refuse(http.StatusForbidden, reg, cause, err)
	default:
		return refuse(http.StatusServiceUnavailable, reg, cause, err)
	}
}
