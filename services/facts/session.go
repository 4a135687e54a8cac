package facts

import (
	"context"
	"fmt"

	apptypes "github.com/pokt-network/poktroll/x/application/types"
	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"

	"github.com/lodeworks/lode/services/pocket/session"
)

type sessionKey struct {
	application, service string
	height               int64
}

// Session is one session with everything that is fixed at its start. Nothing in it may be changed.
type Session struct {
	Header      *sessiontypes.SessionHeader
	Application *apptypes.Application
	Suppliers   []*sharedtypes.Supplier // in the chain's order; each with its one configuration of the service
	Windows     session.Windows         // by the parameters effective at the session's end
	Start       *sharedtypes.Params     // parameters effective at the session's start: prices
	End         *sharedtypes.Params     // parameters effective at the session's end: windows
	Target      [32]byte                // difficulty target at the session's start
	// ComputeUnits is the service's compute units per relay at the session's start.
	ComputeUnits uint64
	// MaxSuppliers is the live number of suppliers per session.
	MaxSuppliers uint64
}

// Supplier returns the session's supplier with the operator address, nil when it is not in the session.
func (s *Session) Supplier(operator string) *sharedtypes.Supplier {
	for _, supplier := range s.Suppliers {
		if supplier.OperatorAddress == operator {
			return supplier
		}
	}
	return nil
}

// Session returns the session of (application, service) that holds height. Ask with its start height where that is
// known: the answer is kept by the height asked for.
func (f *Facts) Session(ctx context.Context, application, service string, height int64) (*Session, error) {
	key := sessionKey{application, service, height}
	if s, ok := f.sessionCache.Get(key); ok {
		return s, nil
	}
	return once(ctx, f, fmt.Sprintf("session/%s/%s/%d", application, service, height), func(ctx context.Context) (*Session, error) {
		s, err := f.askSession(ctx, key)
		if err != nil {
			return nil, fmt.Errorf("session of %s for %s at %d: %w", application, service, height, err)
		}
		f.sessionCache.Add(key, s)
		return s, nil
	})
}

// KeptSession returns a session that was asked for by its start height, without asking the chain; nil: it is not kept.
func (f *Facts) KeptSession(application, service string, start int64) *Session {
	s, _ := f.sessionCache.Get(sessionKey{application, service, start})
	return s
}

func (f *Facts) askSession(ctx context.Context, key sessionKey) (*Session, error) {
	res, err := f.sessions.GetSession(ctx, &sessiontypes.QueryGetSessionRequest{
		ApplicationAddress: key.application, ServiceId: key.service, BlockHeight: key.height,
	})
	if err != nil {
		return nil, err
	}
	if res.Session == nil || res.Session.Header == nil || res.Session.Application == nil {
		return nil, fmt.Errorf("the node answered without a session")
	}
	s := &Session{Header: res.Session.Header, Application: res.Session.Application, Suppliers: res.Session.Suppliers}
	if s.Start, err = f.ParamsAt(ctx, s.Header.SessionStartBlockHeight); err != nil {
		return nil, err
	}
	if s.End, err = f.ParamsAt(ctx, s.Header.SessionEndBlockHeight); err != nil {
		return nil, err
	}
	s.Windows = session.At(s.End, s.Header.SessionEndBlockHeight)
	return s, f.price(ctx, s)
}

// price fills in what a relay of the session weighs and what target its hash must meet.
func (f *Facts) price(ctx context.Context, s *Session) error {
	service, start := s.Header.ServiceId, s.Header.SessionStartBlockHeight
	units, err := f.services.ComputeUnitsPerRelayAtHeight(ctx, &servicetypes.QueryComputeUnitsPerRelayAtHeightRequest{ServiceId: service, BlockHeight: start})
	if err != nil {
		return fmt.Errorf("ask for compute units per relay: %w", err)
	}
	difficulty, err := f.services.RelayMiningDifficultyAtHeight(ctx, &servicetypes.QueryGetRelayMiningDifficultyAtHeightRequest{ServiceId: service, BlockHeight: start})
	if err != nil {
		return fmt.Errorf("ask for difficulty: %w", err)
	}
	params, err := f.sessions.Params(ctx, &sessiontypes.QueryParamsRequest{})
	if err != nil {
		return fmt.Errorf("ask for session parameters: %w", err)
	}
	target := difficulty.RelayMiningDifficulty.TargetHash
	if len(target) != len(s.Target) {
		return fmt.Errorf("difficulty target has %d bytes", len(target))
	}
	copy(s.Target[:], target)
	s.ComputeUnits = units.ComputeUnitsPerRelay
	s.MaxSuppliers = params.Params.NumSuppliersPerSession
	return nil
}
