package relayer

import (
	"context"
	"errors"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"

	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/relayer/simulated"
)

// simulate serves a simulated relay: the whole way of a relay but meter and log. It is never paid.
func (s *setup) simulate(ctx context.Context, keyID string, body []byte) (*servicetypes.RelayResponse, admitted, error) {
	a, err := s.understand(body)
	a.simulated = true
	if err != nil {
		return nil, a, err
	}
	res, err := s.try(ctx, keyID, a)
	if err == nil {
		s.metrics.simulated.WithLabelValues(a.request.Meta.SessionHeader.ServiceId).Inc()
	}
	return res, a, err
}

// try asks the backend once and signs what it says.
func (s *setup) try(ctx context.Context, keyID string, a admitted) (*servicetypes.RelayResponse, error) {
	done, err := s.simulations.Admit(keyID, a.request, a.hash)
	if err != nil {
		return nil, simulationRefused(err)
	}
	defer done()
	open, err := forward(ctx, a, "")
	if err != nil {
		return nil, err
	}
	ans, err := readAnswer(open)
	if err != nil {
		return nil, err
	}
	return sign(ctx, a, ans)
}

func simulationRefused(err error) error {
	var f *simulated.Fault
	if errors.As(err, &f) {
		return refuse(f.Status, relay.InvalidRequest, f.Cause, err)
	}
	return err
}
