package submitter

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"cosmossdk.io/math"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	apptypes "github.com/pokt-network/poktroll/x/application/types"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"
	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/chain/chaintest"
	"github.com/lodeworks/lode/services/pocket/claim"
	"github.com/lodeworks/lode/services/pocket/session"
	"github.com/lodeworks/lode/services/pocket/smst"
)

const (
	chainID       = "lode-test"
	accountNumber = 7
	gasPerMessage = 100_000
	settledUpokt  = 1234

	suppliersPerSession = 4
)

// fakeChain keeps claims as the chain does: windows, proof requirement, settlement. Blocks come when a test says so.
type fakeChain struct {
	t      *testing.T
	node   *chaintest.Node
	shared sharedtypes.Params
	proof  prooftypes.Params
	tokens tokenomicstypes.Params
	stake  int64 // of each application, upokt

	mu      sync.Mutex
	claims  map[string]*prooftypes.Claim // by keyOf
	purse   purseOfChain
	mempool [][]byte
	cache   map[string]bool                     // bytes that were ever in the mempool
	blocks  []sent                              // what was included
	known   map[time.Time]bool                  // timeouts of unordered transactions
	ordered bool                                // no unordered transactions are taken
	numbers map[string]uint64                   // sequence numbers by supplier, in the last block
	failed  int                                 // ordered transactions whose number was used in the meantime
	before  func()                              // before a simulation; may be nil
	judge   func(sender, session string) error  // at simulation; nil: all are fine
	receive func(raw []byte) (take bool)        // at broadcast; nil: all are taken
	refuse  func() (code uint32, reason string) // at broadcast, before receive
}

// sent is one included transaction.
type sent struct {
	height int64
	tx     decoded
}

func newChain(t *testing.T, probability float64) *fakeChain {
	threshold := sdk.NewInt64Coin("upokt", 1<<50)
	c := &fakeChain{
		t: t, node: chaintest.Start(t), shared: sharedtypes.DefaultParams(),
		proof:  prooftypes.Params{ProofRequestProbability: probability, ProofRequirementThreshold: &threshold},
		tokens: tokenomicstypes.Params{MintRatio: 1, MintEqualsBurnClaimDistribution: tokenomicstypes.MintEqualsBurnClaimDistribution{Supplier: 0.7}},
		stake:  1 << 50, claims: map[string]*prooftypes.Claim{}, known: map[time.Time]bool{}, cache: map[string]bool{}, numbers: map[string]uint64{},
	}
	c.serve(c.node)
	return c
}

// serve makes a node one of the chain's.
func (c *fakeChain) serve(n *chaintest.Node) {
	chaintest.On(n, "/pocket.shared.Query/ParamsAtHeight", func(*sharedtypes.QueryParamsAtHeightRequest) (chaintest.Wire, error) {
		return &sharedtypes.QueryParamsAtHeightResponse{Params: c.shared}, nil
	})
	chaintest.On(n, "/pocket.proof.Query/Params", func(*prooftypes.QueryParamsRequest) (chaintest.Wire, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		return &prooftypes.QueryParamsResponse{Params: c.proof}, nil
	})
	chaintest.On(n, "/pocket.tokenomics.Query/Params", func(*tokenomicstypes.QueryParamsRequest) (chaintest.Wire, error) {
		return &tokenomicstypes.QueryParamsResponse{Params: c.tokens}, nil
	})
	chaintest.On(n, "/pocket.session.Query/GetSession", func(q *sessiontypes.QueryGetSessionRequest) (chaintest.Wire, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		stake := sdk.NewInt64Coin("upokt", c.stake)
		return &sessiontypes.QueryGetSessionResponse{Session: &sessiontypes.Session{
			Application: &apptypes.Application{Address: q.ApplicationAddress, Stake: &stake}, Suppliers: slices.Repeat([]*sharedtypes.Supplier{{}}, suppliersPerSession),
		}}, nil
	})
	chaintest.On(n, "/cosmos.auth.v1beta1.Query/Account", func(q *authtypes.QueryAccountRequest) (chaintest.Wire, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		packed, err := codectypes.NewAnyWithValue(&authtypes.BaseAccount{Address: q.Address, AccountNumber: accountNumber, Sequence: c.numbers[q.Address]})
		return &authtypes.QueryAccountResponse{Account: packed}, err
	})
	chaintest.On(n, "/pocket.proof.Query/Claim", c.claim)
	chaintest.On(n, "/pocket.proof.Query/AllClaims", c.allClaims)
	chaintest.On(n, "/cosmos.tx.v1beta1.Service/Simulate", c.simulate)
	c.answerPurse(n)
	n.OnBroadcast(c.broadcast)
}

func (c *fakeChain) claim(q *prooftypes.QueryGetClaimRequest) (chaintest.Wire, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	stored := c.claims[q.SupplierOperatorAddress+"."+q.SessionId]
	if stored == nil {
		return nil, chaintest.NotFound("claim")
	}
	return &prooftypes.QueryGetClaimResponse{Claim: *stored}, nil
}

// allClaims answers twenty claims a page, of sessions with an end or of one session.
func (c *fakeChain) allClaims(q *prooftypes.QueryAllClaimsRequest) (chaintest.Wire, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	res := &prooftypes.QueryAllClaimsResponse{Pagination: &query.PageResponse{}}
	for _, k := range slices.Sorted(maps.Keys(c.claims)) {
		switch {
		case k < string(q.Pagination.Key) || c.claims[k].SessionHeader.SessionId != cmp.Or(q.GetSessionId(), c.claims[k].SessionHeader.SessionId) ||
			uint64(c.claims[k].SessionHeader.SessionEndBlockHeight) != cmp.Or(q.GetSessionEndHeight(), uint64(c.claims[k].SessionHeader.SessionEndBlockHeight)):
		case len(res.Claims) == 20:
			res.Pagination.NextKey = []byte(k)
			return res, nil
		default:
			res.Claims = append(res.Claims, *c.claims[k])
		}
	}
	return res, nil
}

// wantProofs changes the probability with which the chain wants a proof of a claim.
func (c *fakeChain) wantProofs(probability float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.proof.ProofRequestProbability = probability
}

// simulate runs the messages as in the next block.
func (c *fakeChain) simulate(q *txtypes.SimulateRequest) (chaintest.Wire, error) {
	d, err := decode(q.TxBytes)
	if err != nil {
		return nil, &chaintest.Refusal{Code: 2, Log: err.Error()}
	}
	c.mu.Lock()
	before := c.before
	c.mu.Unlock()
	if before != nil {
		before()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if code, text := c.ante(d); code != 0 {
		return nil, &chaintest.Refusal{Code: 6, Log: text + " with gas used: '0'"}
	}
	err = c.purse.takes(d, false)
	for _, m := range d.messages {
		switch {
		case err != nil:
		case m.header == nil:
			err = c.purse.run(m, false)
		case c.judge != nil:
			err = c.judge(m.supplier, m.header.SessionId)
		}
		if err == nil && m.header != nil {
			_, err = c.run(m, c.node.Height()+1)
		}
	}
	if err != nil {
		return nil, &chaintest.Refusal{Code: 18, Log: err.Error()}
	}
	return &txtypes.SimulateResponse{GasInfo: &sdk.GasInfo{GasUsed: uint64(gasPerMessage * len(d.messages))}}, nil
}

func (c *fakeChain) broadcast(raw []byte) (uint32, string) {
	c.mu.Lock()
	refuse, receive := c.refuse, c.receive
	c.mu.Unlock()
	if refuse != nil {
		if code, reason := refuse(); code != 0 {
			return code, reason
		}
	}
	d, err := decode(raw)
	require.NoError(c.t, err)
	c.mu.Lock()
	code, text := c.ante(d)
	c.mu.Unlock()
	if code != 0 {
		return code, text
	}
	if receive == nil || receive(raw) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.cache[string(raw)] {
			return 19, "tx already in mempool"
		}
		c.cache[string(raw)] = true
		c.mempool = append(c.mempool, raw)
	}
	return 0, ""
}

// ante is the mempool's word on a transaction's kind and number, as the SDK has it: code and text.
func (c *fakeChain) ante(d decoded) (uint32, string) {
	if d.body.Unordered {
		if c.ordered {
			return 37, "unordered transactions are not enabled: feature not supported"
		}
		return 0, ""
	}
	supplier := d.messages[0].supplier
	next := c.numbers[supplier]
	for _, raw := range c.mempool {
		if waiting, err := decode(raw); err == nil && !waiting.body.Unordered && waiting.messages[0].supplier == supplier {
			next++
		}
	}
	if have := d.auth.SignerInfos[0].Sequence; have != next {
		return 32, fmt.Sprintf("account sequence mismatch, expected %d, got %d: incorrect account sequence", next, have)
	}
	return 0, ""
}

// commit makes the next block: it includes the mempool, and settles at its end. The events are settlement's.
func (c *fakeChain) commit() (height int64, events []sdk.Msg) {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	height = c.node.Height() + 1
	for _, raw := range c.mempool {
		c.include(raw, height)
	}
	c.mempool = nil
	for k, stored := range c.claims {
		if session.At(&c.shared, stored.SessionHeader.SessionEndBlockHeight).Settlement == height {
			events = append(events, c.settle(stored))
			delete(c.claims, k)
		}
	}
	c.node.SetHeight(height)
	return height, events
}

// include checks a transaction by the chain's rules, which the submitter must never break, and runs it.
func (c *fakeChain) include(raw []byte, height int64) {
	d, err := decode(raw)
	require.NoError(c.t, err)
	require.NoError(c.t, d.checkSignature())
	require.LessOrEqual(c.t, uint64(height), d.body.TimeoutHeight)
	if supplier := d.messages[0].supplier; !d.body.Unordered {
		if c.numbers[supplier] != d.auth.SignerInfos[0].Sequence {
			c.failed++
			return
		}
		c.numbers[supplier]++
	} else {
		c.requireUnordered(d, height)
	}
	require.NoError(c.t, c.purse.takes(d, true), "no fee, no transaction")
	for _, m := range d.messages {
		if m.header == nil {
			require.NoError(c.t, c.purse.run(m, true))
			continue
		}
		next, err := c.run(m, height)
		require.NoError(c.t, err, "one bad message fails the transaction")
		c.claims[m.supplier+"."+m.header.SessionId] = next
	}
	c.blocks = append(c.blocks, sent{height, d})
}

func (c *fakeChain) requireUnordered(d decoded, height int64) {
	require.Zero(c.t, d.auth.SignerInfos[0].Sequence)
	now := blockTime(height - 1)
	require.True(c.t, d.body.TimeoutTimestamp.After(now) && !d.body.TimeoutTimestamp.After(now.Add(10*time.Minute)), "timeout within ten minutes")
	require.False(c.t, c.known[*d.body.TimeoutTimestamp], "timeout used once")
	c.known[*d.body.TimeoutTimestamp] = true
}

// run judges a message at a height, and returns what it makes of its claim.
func (c *fakeChain) run(m protocolMessage, height int64) (*prooftypes.Claim, error) {
	w := session.At(&c.shared, m.header.SessionEndBlockHeight)
	if m.create != nil {
		if !w.TakesClaims(height) {
			return nil, fmt.Errorf("claim window is not open at %d", height)
		}
		return claim.Stored(m.create), nil
	}
	stored := c.claims[m.supplier+"."+m.header.SessionId]
	switch {
	case !w.TakesProofs(height):
		return nil, fmt.Errorf("proof window is not open at %d", height)
	case stored == nil:
		return nil, fmt.Errorf("proof without claim")
	case stored.ProofValidationStatus == prooftypes.ClaimProofStatus_PENDING_VALIDATION && !c.required(stored):
		return nil, fmt.Errorf("proof is not required")
	}
	next := *stored
	next.ProofValidationStatus = prooftypes.ClaimProofStatus_INVALID
	proof, err := smst.DecodeProof(m.submit.Proof)
	if err == nil && proof.Verify(smst.Digest(stored.RootHash)) == nil &&
		smst.Path(proof.Path) == claim.ProofPath(chaintest.BlockHash(w.SeedHeight), m.header.SessionId) {
		next.ProofValidationStatus = prooftypes.ClaimProofStatus_VALIDATED
	}
	return &next, nil
}

func (c *fakeChain) required(stored *prooftypes.Claim) bool {
	w := session.At(&c.shared, stored.SessionHeader.SessionEndBlockHeight)
	reason, err := claim.Requirement(stored, math.NewInt(1), &c.proof, chaintest.BlockHash(w.SeedHeight))
	require.NoError(c.t, err)
	return reason != prooftypes.ProofRequirementReason_NOT_REQUIRED
}

func (c *fakeChain) settle(stored *prooftypes.Claim) sdk.Msg {
	h := stored.SessionHeader
	if c.required(stored) && stored.ProofValidationStatus != prooftypes.ClaimProofStatus_VALIDATED {
		return &tokenomicstypes.EventClaimExpired{
			SupplierOperatorAddress: stored.SupplierOperatorAddress, ApplicationAddress: h.ApplicationAddress, ServiceId: h.ServiceId,
			SessionEndBlockHeight: h.SessionEndBlockHeight, ExpirationReason: tokenomicstypes.ClaimExpirationReason_PROOF_MISSING,
		}
	}
	return &tokenomicstypes.EventClaimSettled{
		SupplierOperatorAddress: stored.SupplierOperatorAddress, ApplicationAddress: h.ApplicationAddress, ServiceId: h.ServiceId,
		SessionEndBlockHeight: h.SessionEndBlockHeight, SettledUpokt: fmt.Sprintf("%dupokt", settledUpokt),
	}
}

// included lists the transactions in blocks so far.
func (c *fakeChain) included() []sent {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]sent(nil), c.blocks...)
}

// blockTime is that of chaintest's blocks.
func blockTime(height int64) time.Time { return time.Unix(height, 0).UTC() }

// settlement is the height at which the sessions of these tests are settled.
func (c *fakeChain) settlement() int64 { return session.At(&c.shared, endHeight).Settlement }

// waiting is how many transactions are in the mempool.
func (c *fakeChain) waiting() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.mempool)
}
