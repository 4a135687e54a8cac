package relayer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	apptypes "github.com/pokt-network/poktroll/x/application/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/facts/factstest"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/chain/chaintest"
	"github.com/lodeworks/lode/services/pocket/keys"
	"github.com/lodeworks/lode/services/pocket/session"
)

// height is where the chain stands: in a session of blocks 1 to 10.
const height = 5

// scene is what the relayer lives between: a chain with several applications, a bus, a backend. It lets the helpers of
// tests believe that it is one.
type scene struct {
	testing.TB
	dir     string
	cleanup []func()
	world   *factstest.World
	apps    []keys.Private
	bus     *bus.Bus
	busURL  string
	busPID  int
	backend string
}

// errScene is how a helper of tests that failed ends the run.
var errScene = errors.New("the scene could not be set")

// Helper, Cleanup, TempDir, Errorf, FailNow and Context are what the helpers use of testing.TB.
func (s *scene) Helper()                   {}
func (s *scene) Cleanup(f func())          { s.cleanup = append(s.cleanup, f) }
func (s *scene) TempDir() string           { return s.dir }
func (s *scene) Errorf(f string, a ...any) { fmt.Fprintf(os.Stderr, f+"\n", a...) }
func (s *scene) FailNow()                  { panic(errScene) }
func (s *scene) Context() context.Context  { return context.Background() }

func (s *scene) close() {
	for i := len(s.cleanup) - 1; i >= 0; i-- {
		s.cleanup[i]()
	}
}

// newScene sets it up in dir.
func newScene(cfg Config, dir string) (s *scene, err error) {
	s = &scene{dir: dir}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", errScene, r)
		}
	}()
	s.world = factstest.New(s, cfg.Suppliers)
	for i := range cfg.Applications {
		s.apps = append(s.apps, factstest.Key(s, fmt.Sprint("bench application ", i)))
	}
	s.answer()
	s.backend = startBackend(s)
	if err := s.startBus(cfg.Bus); err != nil {
		return s, err
	}
	return s, s.joinBus()
}

// answer replaces the one application of the test network by several.
func (s *scene) answer() {
	byAddress := map[string]*apptypes.Application{}
	s.world.Set(func(st *factstest.State) {
		stake := sdk.NewCoin("upokt", math.NewInt(1_000_000_000_000_000))
		for _, key := range s.apps {
			app := *st.App
			app.Address, app.Stake = key.Address(), &stake
			byAddress[app.Address], st.Accounts[app.Address] = &app, key
		}
	})
	chaintest.On(s.world.Node, factstest.QueryApplication, func(q *apptypes.QueryGetApplicationRequest) (chaintest.Wire, error) {
		if app := byAddress[q.Address]; app != nil {
			return &apptypes.QueryGetApplicationResponse{Application: *app}, nil
		}
		return nil, chaintest.NotFound("application " + q.Address)
	})
	chaintest.On(s.world.Node, factstest.QuerySession, func(q *sessiontypes.QueryGetSessionRequest) (chaintest.Wire, error) {
		app := byAddress[q.ApplicationAddress]
		if app == nil || q.ServiceId != factstest.Service {
			return nil, chaintest.NotFound("session")
		}
		var out sessiontypes.Session
		s.world.Set(func(st *factstest.State) { out.Suppliers = st.Suppliers })
		out.Header, out.Application, out.NumBlocksPerSession = s.header(app.Address), app, 10
		out.SessionId = out.Header.SessionId
		return &sessiontypes.QueryGetSessionResponse{Session: &out}, nil
	})
}

// header is the running session of an application.
func (s *scene) header(app string) *sessiontypes.SessionHeader {
	return &sessiontypes.SessionHeader{
		ApplicationAddress: app, ServiceId: factstest.Service, SessionId: session.ID(chaintest.BlockHash(1), factstest.Service, app, 1),
		SessionStartBlockHeight: 1, SessionEndBlockHeight: 10,
	}
}

// joinBus makes its streams and tells it the height.
func (s *scene) joinBus() (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if s.bus, err = bus.Connect(ctx, bus.Config{URL: s.busURL}, "topology", slog.New(slog.DiscardHandler)); err != nil {
		return err
	}
	s.Cleanup(s.bus.Close)
	if err := s.bus.Apply(ctx, 1); err != nil {
		return err
	}
	_, _, err = s.bus.Publish(ctx, bus.Message{Subject: bus.BlockCommittedSubject, Body: &chainv1.Block{Height: height}})
	return err
}
