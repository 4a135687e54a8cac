package factstest

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	apptypes "github.com/pokt-network/poktroll/x/application/types"
	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/chain/chaintest"
)

// The queries that the facts need, by gRPC method.
const (
	QueryAccount     = "/cosmos.auth.v1beta1.Query/Account"
	QueryApplication = "/pocket.application.Query/Application"
	QuerySession     = "/pocket.session.Query/GetSession"
	QueryParamsAt    = "/pocket.shared.Query/ParamsAtHeight"

	querySessionParams = "/pocket.session.Query/Params"
	queryUnits         = "/pocket.service.Query/ComputeUnitsPerRelayAtHeight"
	queryDifficulty    = "/pocket.service.Query/RelayMiningDifficultyAtHeight"
)

// Target is the difficulty target: every relay is mined.
var Target = bytes.Repeat([]byte{0xff}, 32)

// now is a copy of the state that can be read without a lock.
func (w *World) now() State {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state
}

// answer sets the node's answers.
func (w *World) answer() {
	chaintest.On(w.Node, QueryAccount, w.account)
	chaintest.On(w.Node, QueryApplication, w.application)
	chaintest.On(w.Node, QuerySession, w.session)
	chaintest.On(w.Node, QueryParamsAt, func(*sharedtypes.QueryParamsAtHeightRequest) (chaintest.Wire, error) {
		return &sharedtypes.QueryParamsAtHeightResponse{Params: w.now().Params}, nil
	})
	chaintest.On(w.Node, querySessionParams, func(*sessiontypes.QueryParamsRequest) (chaintest.Wire, error) {
		return &sessiontypes.QueryParamsResponse{Params: sessiontypes.Params{NumSuppliersPerSession: uint64(len(w.Suppliers))}}, nil
	})
	chaintest.On(w.Node, queryUnits, func(*servicetypes.QueryComputeUnitsPerRelayAtHeightRequest) (chaintest.Wire, error) {
		return &servicetypes.QueryComputeUnitsPerRelayAtHeightResponse{ComputeUnitsPerRelay: ComputeUnits}, nil
	})
	chaintest.On(w.Node, queryDifficulty, func(*servicetypes.QueryGetRelayMiningDifficultyAtHeightRequest) (chaintest.Wire, error) {
		d := servicetypes.RelayMiningDifficulty{ServiceId: Service, TargetHash: Target}
		return &servicetypes.QueryGetRelayMiningDifficultyAtHeightResponse{RelayMiningDifficulty: d}, nil
	})
}

func (w *World) application(q *apptypes.QueryGetApplicationRequest) (chaintest.Wire, error) {
	s := w.now()
	if q.Address != s.App.Address {
		return nil, chaintest.NotFound("application " + q.Address)
	}
	return &apptypes.QueryGetApplicationResponse{Application: *s.App}, nil
}

func (w *World) session(q *sessiontypes.QueryGetSessionRequest) (chaintest.Wire, error) {
	s := w.now()
	switch {
	case q.ApplicationAddress != s.App.Address:
		return nil, chaintest.NotFound("application " + q.ApplicationAddress)
	case q.ServiceId != Service:
		return nil, chaintest.NotFound("service " + q.ServiceId)
	case q.BlockHeight < 1 || q.BlockHeight > w.Height():
		return nil, &chaintest.Refusal{Code: 26, Log: fmt.Sprintf("height %d is ahead of the chain", q.BlockHeight)}
	}
	header := w.Header(q.BlockHeight)
	return &sessiontypes.QueryGetSessionResponse{Session: &sessiontypes.Session{
		Header: header, SessionId: header.SessionId, SessionNumber: header.SessionEndBlockHeight / 10,
		NumBlocksPerSession: int64(s.Params.NumBlocksPerSession), Application: s.App, Suppliers: s.Suppliers,
	}}, nil
}

func (w *World) account(q *authtypes.QueryAccountRequest) (chaintest.Wire, error) {
	account := &authtypes.BaseAccount{Address: q.Address}
	if key, ok := w.keyOf(q.Address); ok {
		packed, err := codectypes.NewAnyWithValue(&secp256k1.PubKey{Key: key[:]})
		if err != nil {
			return nil, err
		}
		account.PubKey = packed
	}
	packed, err := codectypes.NewAnyWithValue(account)
	if err != nil {
		return nil, err
	}
	return &authtypes.QueryAccountResponse{Account: packed}, nil
}

func (w *World) keyOf(address string) (pub [33]byte, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	key, ok := w.state.Accounts[address]
	if ok {
		pub = key.Public()
	}
	return pub, ok
}

func hexOf(b []byte) string { return hex.EncodeToString(b) }

// writeSecret writes a file that only its owner may read.
func writeSecret(t testing.TB, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}
