package facts_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	apptypes "github.com/pokt-network/poktroll/x/application/types"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/facts"
	"github.com/lodeworks/lode/services/facts/factstest"
	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/services/kit/chain/chaintest"
	"github.com/lodeworks/lode/services/pocket/ring"
)

func open(t *testing.T) (*factstest.World, *facts.Facts) {
	t.Helper()
	w := factstest.New(t, 2)
	c, err := chain.Dial(w.Config())
	require.NoError(t, err)
	return w, facts.New(c)
}

func TestSession(t *testing.T) {
	w, f := open(t)
	s, err := f.Session(t.Context(), w.App.Address(), factstest.Service, 1)
	require.NoError(t, err)
	require.Equal(t, w.Header(1), s.Header)
	require.Equal(t, uint64(factstest.ComputeUnits), s.ComputeUnits)
	require.Equal(t, factstest.Target, s.Target[:])
	require.Equal(t, uint64(2), s.MaxSuppliers)
	require.Equal(t, int64(10), s.Windows.End)
	require.Equal(t, int64(11), s.Windows.GraceEnd)
	require.Equal(t, int64(13), s.Windows.ClaimOpen)
	require.NotNil(t, s.Supplier(w.Suppliers[1].Address()))
	require.Nil(t, s.Supplier(w.App.Address()))

	again, err := f.Session(t.Context(), w.App.Address(), factstest.Service, 1)
	require.NoError(t, err)
	require.Same(t, s, again)
	require.Equal(t, 1, w.Asked(factstest.QuerySession))
}

func TestSessionErrorIsNotKept(t *testing.T) {
	w, f := open(t)
	_, err := f.Session(t.Context(), w.App.Address(), factstest.Service, 11)
	require.ErrorContains(t, err, "session of "+w.App.Address()+" for svc-llm at 11: ")
	w.SetHeight(11)
	_, err = f.Session(t.Context(), w.App.Address(), factstest.Service, 11)
	require.NoError(t, err)
}

func TestSessionNeedsAWholeAnswer(t *testing.T) {
	w, f := open(t)
	chaintest.On(w.Node, factstest.QuerySession, func(*sessiontypes.QueryGetSessionRequest) (chaintest.Wire, error) {
		return &sessiontypes.QueryGetSessionResponse{Session: &sessiontypes.Session{}}, nil
	})
	_, err := f.Session(t.Context(), w.App.Address(), factstest.Service, 1)
	require.ErrorContains(t, err, "without a session")
}

func TestRingIsKeptUntilRefreshed(t *testing.T) {
	w, f := open(t)
	second := factstest.Key(t, "second gateway")
	has := func(fresh bool) bool {
		t.Helper()
		set, err := f.Ring(t.Context(), w.App.Address(), 10, fresh)
		require.NoError(t, err)
		require.True(t, set.Has(w.App.Public()))
		require.True(t, set.Has(w.Gateway.Public()))
		return set.Has(second.Public())
	}
	require.False(t, has(false))
	w.Delegate(second)
	require.False(t, has(false), "kept")
	require.True(t, has(true), "asked again")
	require.True(t, has(false), "and kept")
	gateways, known := f.KeptGateways(w.App.Address(), 10)
	require.Equal(t, []string{w.Gateway.Address(), second.Address()}, gateways)
	require.True(t, known)
	_, known = f.KeptGateways(w.App.Address(), 20)
	require.False(t, known, "was never asked for")
	require.Equal(t, 2, w.Asked(factstest.QueryApplication))
	require.Equal(t, 3, w.Asked(factstest.QueryAccount), "keys are asked for once")
}

func TestRingWithoutGateways(t *testing.T) {
	w, f := open(t)
	w.Set(func(s *factstest.State) { s.App = &apptypes.Application{Address: w.App.Address()} })
	members, err := f.RingMembers(t.Context(), w.App.Address(), 10)
	require.NoError(t, err)
	require.Equal(t, []ring.PublicKey{w.App.Public(), ring.Placeholder()}, members)
}

// TestRingNeedsEveryKey: one member without a key on chain makes the whole ring unavailable, until it has one.
func TestRingNeedsEveryKey(t *testing.T) {
	w, f := open(t)
	w.Set(func(s *factstest.State) { delete(s.Accounts, w.Gateway.Address()) })
	_, err := f.Ring(t.Context(), w.App.Address(), 10, false)
	require.ErrorContains(t, err, w.Gateway.Address()+" has no public key on chain")
	w.Set(func(s *factstest.State) { s.Accounts[w.Gateway.Address()] = w.Gateway })
	_, err = f.Ring(t.Context(), w.App.Address(), 10, false)
	require.NoError(t, err)
	_, err = f.Ring(t.Context(), w.Gateway.Address(), 10, false)
	require.ErrorContains(t, err, "ask for application")
}

// holdApplications makes the chain wait with its answers about applications until release is closed.
func holdApplications(w *factstest.World) (asked, release chan struct{}) {
	asked, release = make(chan struct{}, 100), make(chan struct{})
	chaintest.On(w.Node, factstest.QueryApplication, func(*apptypes.QueryGetApplicationRequest) (chaintest.Wire, error) {
		asked <- struct{}{}
		<-release
		return &apptypes.QueryGetApplicationResponse{Application: apptypes.Application{Address: w.App.Address()}}, nil
	})
	return asked, release
}

// TestConcurrentQuestionsAreOne, and the one who asked first may leave without harm to the others.
func TestConcurrentQuestionsAreOne(t *testing.T) {
	w, f := open(t)
	asked, release := holdApplications(w)
	first, leave := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, err := f.Ring(first, w.App.Address(), 10, false)
		left <- err
	}()
	<-asked
	var wg sync.WaitGroup
	var answers atomic.Int32
	var begun sync.WaitGroup
	for range 20 {
		begun.Add(1)
		wg.Go(func() {
			begun.Done()
			if _, err := f.Ring(t.Context(), w.App.Address(), 10, false); err == nil {
				answers.Add(1)
			}
		})
	}
	begun.Wait()
	leave()
	require.ErrorIs(t, <-left, context.Canceled)
	close(release)
	wg.Wait()
	require.Equal(t, int32(20), answers.Load())
	require.Equal(t, 1, w.Asked(factstest.QueryApplication))
}

func TestPastParamsAreAskedForOnce(t *testing.T) {
	w, f := open(t)
	for range 3 {
		p, err := f.PastParams(t.Context(), 4)
		require.NoError(t, err)
		require.Equal(t, uint64(10), p.NumBlocksPerSession)
	}
	require.Equal(t, 1, w.Asked(factstest.QueryParamsAt))
}

func TestClaimThatIsNotThere(t *testing.T) {
	w, f := open(t)
	const query = "/pocket.proof.Query/Claim"
	chaintest.On(w.Node, query, func(q *prooftypes.QueryGetClaimRequest) (chaintest.Wire, error) {
		if q.SessionId == "known" {
			return &prooftypes.QueryGetClaimResponse{Claim: prooftypes.Claim{RootHash: []byte("root")}}, nil
		}
		return nil, chaintest.NotFound("claim")
	})
	claim, err := f.Claim(t.Context(), "supplier", "unknown")
	require.NoError(t, err)
	require.Nil(t, claim)
	claim, err = f.Claim(t.Context(), "supplier", "known")
	require.NoError(t, err)
	require.Equal(t, []byte("root"), claim.RootHash)
	w.SetDown(true)
	_, err = f.Claim(t.Context(), "supplier", "known")
	require.ErrorContains(t, err, "ask for claim of supplier in known")
}
