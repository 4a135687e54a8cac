package gateway

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/lodeworks/lode/services/facts"
	"github.com/lodeworks/lode/services/pocket/keys"
	"github.com/lodeworks/lode/services/pocket/ring"
)

// route is an application's running session for one service, with the signer that fits its ring.
type route struct {
	session *facts.Session
	signer  *ring.Signer
}

// routes keeps one route for each (application, service) until its session ends.
type routes struct {
	facts *facts.Facts
	key   keys.Private
	rings *ring.Cache

	mu   sync.Mutex
	kept map[[2]string]*route
}

// errNoRoute is returned when no application of this gateway can pay for the service now.
var errNoRoute = errors.New("no application of this gateway has a session for this service")

// route returns the running session at height for the first application that has one.
func (r *routes) route(ctx context.Context, applications []string, service string, height int64) (*route, error) {
	if height < 1 {
		return nil, fmt.Errorf("%w: the height of the chain is not known yet", errNoRoute)
	}
	var errs []error
	for _, application := range applications {
		found, err := r.of(ctx, application, service, height)
		if err == nil {
			return found, nil
		}
		errs = append(errs, err)
	}
	return nil, fmt.Errorf("%w: %w", errNoRoute, errors.Join(errs...))
}

func (r *routes) of(ctx context.Context, application, service string, height int64) (*route, error) {
	id := [2]string{application, service}
	r.mu.Lock()
	have := r.kept[id]
	r.mu.Unlock()
	if have != nil && height <= have.session.Windows.End {
		return have, nil
	}
	session, err := r.askSession(ctx, application, service, height)
	if err != nil {
		return nil, err
	}
	members, err := r.facts.RingMembers(ctx, application, session.Windows.End)
	if err != nil {
		return nil, err
	}
	signer, err := ring.NewSigner(r.rings, r.key.Secret(), members)
	if err != nil {
		return nil, fmt.Errorf("application %s has not delegated to this gateway: %w", application, err)
	}
	found := &route{session: session, signer: signer}
	r.mu.Lock()
	r.kept[id] = found
	r.mu.Unlock()
	return found, nil
}

// askSession asks for a new session, again for a short while when that fails: a node tells a height a moment before
// its queries see it.
func (r *routes) askSession(ctx context.Context, application, service string, height int64) (*facts.Session, error) {
	policy := backoff.NewConstantBackOff(50 * time.Millisecond)
	return backoff.Retry(ctx, func() (*facts.Session, error) {
		return r.facts.Session(ctx, application, service, height)
	}, backoff.WithBackOff(policy), backoff.WithMaxTries(6))
}
