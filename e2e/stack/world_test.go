package stack_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/cosmos/gogoproto/proto"
	apptypes "github.com/pokt-network/poktroll/x/application/types"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"
	"github.com/stretchr/testify/require"
	pb "google.golang.org/protobuf/proto"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/analytics/ledger"
	"github.com/lodeworks/lode/services/event"
	"github.com/lodeworks/lode/services/facts"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/services/pocket/keys"
	"github.com/lodeworks/lode/services/pocket/tx"
	"github.com/lodeworks/lode/tools/analyticsapi"
	"github.com/lodeworks/lode/tools/localnet"
	"github.com/lodeworks/lode/tools/localnet/node"
	"github.com/lodeworks/lode/tools/secrets"
	"github.com/lodeworks/lode/tools/served"
	"github.com/lodeworks/lode/tools/stack"
)

// world is a running stack whose relays come from served, on a chain of several markets.
type world struct {
	net     localnet.Net
	o       stack.Options
	node    *chain.Client
	facts   *facts.Facts
	stack   *stack.Stack
	bus     *bus.Bus
	relayer *served.Relayer
}

// patience bounds every wait.
const patience = 3 * time.Minute

// startWorld is a stack with two submitters.
func startWorld(t *testing.T, net localnet.Net, change ...func(*localnet.NodeConfig)) *world {
	t.Helper()
	w := &world{net: net, o: options(t)}
	w.o.Without, w.o.Submitters = []string{"demollm", "relayer", "gateway"}, 2
	w.o.Chain = func(home string) error {
		base, err := node.DefaultGenesis()
		if err != nil {
			return err
		}
		cfg := localnet.DefaultNode()
		cfg.BlockTime, cfg.RPCAddr = w.o.BlockTime, fmt.Sprintf("127.0.0.1:%d", w.o.Ports.Chain)
		for _, f := range change {
			f(&cfg)
		}
		return localnet.WriteHome(home, w.net, cfg, base)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	s, err := stack.New(w.o, log)
	require.NoError(t, err)
	w.stack = s
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-ended)
		if t.Failed() {
			showLogs(t, w.o.Dir)
		}
	})
	cfg := chain.Default()
	cfg.Nodes = []string{w.o.ChainURL()}
	w.node, err = chain.Dial(cfg)
	require.NoError(t, err)
	w.facts = facts.New(w.node)
	w.awaitHeight(t, 1)
	w.bus, err = bus.Connect(t.Context(), w.o.Bus(secrets.Operator), secrets.Operator, log)
	require.NoError(t, err)
	t.Cleanup(w.bus.Close)
	w.relayer = served.New(w.net.Gateway, w.bus)
	return w
}

// market is a service with an application of its own, and how many suppliers it has.
type market struct {
	service   string
	suppliers int
	stake     int64 // of the application, upokt; 0: plenty
}

// scenarioNet is the chain of the scenarios.
func scenarioNet(t *testing.T) localnet.Net {
	return netOf(t, scenarioMarkets, localnet.Default().OwnerShare)
}

// netOf is a chain with mainnet's sessions and windows and these markets, where every second claim below the threshold is
// asked for its proof, and an owner has a share of each supplier's rewards, in percent.
func netOf(t *testing.T, markets []market, ownerShare uint64) localnet.Net {
	t.Helper()
	cfg := localnet.Default()
	cfg.Suppliers, cfg.Service, cfg.OwnerShare = 0, localnet.Service{}, ownerShare
	var service []string // by supplier
	for i, m := range markets {
		s := localnet.Service{ID: m.service, Name: "Model", ComputeUnitsPerRelay: units}
		if i == 0 {
			cfg.Service = s
		} else {
			cfg.Others = append(cfg.Others, s)
		}
		service = append(service, slices.Repeat([]string{m.service}, m.suppliers)...)
	}
	cfg.Suppliers = len(service)
	net, err := localnet.New(cfg)
	require.NoError(t, err)
	for i := range net.Suppliers {
		net.Suppliers[i].Service = service[i]
	}
	for i := range net.Others {
		if stake := markets[i+1].stake; stake > 0 {
			net.Others[i].Stake = stake
		}
	}
	shared, mainnet := &net.Profile.Shared, localnet.Mainnet().Shared
	shared.NumBlocksPerSession, shared.GracePeriodEndOffsetBlocks = mainnet.NumBlocksPerSession, mainnet.GracePeriodEndOffsetBlocks
	shared.ClaimWindowOpenOffsetBlocks, shared.ClaimWindowCloseOffsetBlocks = mainnet.ClaimWindowOpenOffsetBlocks, mainnet.ClaimWindowCloseOffsetBlocks
	shared.ProofWindowOpenOffsetBlocks, shared.ProofWindowCloseOffsetBlocks = mainnet.ProofWindowOpenOffsetBlocks, mainnet.ProofWindowCloseOffsetBlocks
	shared.SupplierUnbondingPeriodSessions = mainnet.SupplierUnbondingPeriodSessions
	limit := sdk.NewInt64Coin(localnet.Denom, threshold)
	net.Profile.Proof.ProofRequestProbability, net.Profile.Proof.ProofRequirementThreshold = 0.5, &limit
	net.Profile.Session.NumSuppliersPerSession = 20
	net.Profile.Service.TargetNumRelays = targetRelays
	return net
}

func (w *world) market(service string) localnet.Market {
	markets := w.net.Markets()
	return markets[slices.IndexFunc(markets, func(m localnet.Market) bool { return m.Service.ID == service })]
}

// await polls until there is an answer.
func await[V any](t *testing.T, what string, ask func(context.Context) (V, bool)) V {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		if v, ok := ask(ctx); ok {
			return v
		}
		select {
		case <-ctx.Done():
			require.FailNow(t, "waited in vain for "+what)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// awaitHeight returns the chain's height once it is at least height.
func (w *world) awaitHeight(t *testing.T, height int64) int64 {
	t.Helper()
	return await(t, fmt.Sprintf("height %d", height), func(ctx context.Context) (int64, bool) {
		status, err := w.node.Status(ctx)
		if err != nil || status.SyncInfo.LatestBlockHeight < height {
			return 0, false
		}
		return status.SyncInfo.LatestBlockHeight, true
	})
}

// nextSession waits until a session that starts at a height or behind has just begun, and returns its first height. That
// is one behind when it returns: the chain counts a block before it has executed it.
func (w *world) nextSession(t *testing.T, from int64) int64 {
	t.Helper()
	blocks := int64(w.net.Profile.Shared.NumBlocksPerSession)
	for {
		height := w.awaitHeight(t, from+1)
		if begun := height - 1 - (height-2)%blocks; begun >= from && height-begun <= 3 {
			return begun
		}
		from = height
	}
}

// serve answers relays of the session that starts at a height.
func (w *world) serve(t *testing.T, start int64, s localnet.Supplier, relays int) {
	t.Helper()
	session := w.session(t, s.Service, start)
	require.NoError(t, w.relayer.Serve(t.Context(), served.Load{
		Application: w.market(s.Service).Application, Supplier: s, Session: session, Relays: relays,
	}))
}

// sendFee is what send pays, upokt.
const sendFee = 10

// send has a message of an account executed.
func (w *world) send(t *testing.T, from localnet.Account, msg proto.Message) {
	t.Helper()
	key, err := keys.NewPrivate([32]byte(from.Key.Key))
	require.NoError(t, err)
	account, err := w.facts.Account(t.Context(), from.Address)
	require.NoError(t, err)
	signed, err := tx.Sign(tx.Request{
		Messages: []proto.Message{msg}, ChainID: localnet.ChainID, AccountNumber: account.AccountNumber, Sequence: account.Sequence,
		Fee: sdk.NewCoins(sdk.NewInt64Coin(localnet.Denom, sendFee)), GasLimit: 1_000_000,
	}, key)
	require.NoError(t, err)
	before := w.awaitHeight(t, 1)
	res, err := w.node.Broadcast(t.Context(), signed.Raw)
	require.NoError(t, err)
	require.Zero(t, res.Code, res.Log)
	await(t, "a transaction", func(ctx context.Context) (bool, bool) {
		now, err := w.facts.Account(ctx, from.Address)
		return true, err == nil && now.Sequence > account.Sequence
	})
	for height := before; height <= w.awaitHeight(t, before); height++ {
		block, err := w.node.Block(t.Context(), height)
		require.NoError(t, err)
		for i, raw := range block.Block.Txs {
			if tx.Hash(raw) == signed.Hash {
				results, err := w.node.BlockResults(t.Context(), height)
				require.NoError(t, err)
				require.Zero(t, results.TxsResults[i].Code, results.TxsResults[i].Log)
				return
			}
		}
	}
	require.FailNow(t, "the transaction is in no block")
}

// ledgerLines are the whole ledger.
type ledgerLines []ledger.Line

// of is the line of a supplier's session that starts at a height; its zero when there is none.
func (all ledgerLines) of(s localnet.Supplier, start int64) (found ledger.Line) {
	for _, l := range all {
		if l.Supplier == s.Address && l.EndHeight == start+sessionBlocks-1 {
			found = l
		}
	}
	return found
}

// find is the only line of a supplier.
func (all ledgerLines) find(t *testing.T, s localnet.Supplier) ledger.Line {
	t.Helper()
	at := slices.IndexFunc(all, func(l ledger.Line) bool { return l.Supplier == s.Address })
	require.GreaterOrEqual(t, at, 0, "no line of %s", s.Address)
	return all[at]
}

// settled waits until the ledger has n lines and none is open.
func (w *world) settled(t *testing.T, n int) ledgerLines {
	t.Helper()
	api := analyticsapi.New(w.o.AnalyticsURL())
	return await(t, "settlement", func(ctx context.Context) (ledgerLines, bool) {
		lines, err := api.Ledger(ctx, "", "")
		open := slices.ContainsFunc(lines, func(l ledger.Line) bool { return l.State == ledger.Open })
		return lines, err == nil && len(lines) == n && !open
	})
}

// isStaked tells whether an application is one on chain.
func (w *world) isStaked(t *testing.T, a localnet.Account) bool {
	t.Helper()
	_, err := apptypes.NewQueryClient(w.node).Application(t.Context(), &apptypes.QueryGetApplicationRequest{Address: a.Address})
	var answer *chain.QueryError
	if errors.As(err, &answer) && answer.NotFound() {
		return false
	}
	require.NoError(t, err)
	return true
}

func (w *world) balance(t *testing.T, a localnet.Account) math.Int {
	t.Helper()
	res, err := banktypes.NewQueryClient(w.node).Balance(t.Context(), &banktypes.QueryBalanceRequest{Address: a.Address, Denom: localnet.Denom})
	require.NoError(t, err)
	return res.Balance.Amount
}

// pause stops a process from one height on, until another.
func (w *world) pause(t *testing.T, name string, from, until int64) {
	t.Helper()
	w.awaitHeight(t, from)
	require.NoError(t, w.stack.Pause(name))
	t.Cleanup(func() { _ = w.stack.Resume(name) }) // or it could not be stopped
	w.awaitHeight(t, until)
	require.NoError(t, w.stack.Resume(name))
}

// claimTrail is what was said of one obligation.
type claimTrail struct {
	owner map[claimv1.Phase]string // the submitter that acted for it, by phase
	last  *claimv1.Obligation
}

// trails reads what submitters have said of the obligations of sessions with an end, by supplier.
func (w *world) trails(t *testing.T, end int64) map[string]claimTrail {
	t.Helper()
	all := map[string]claimTrail{}
	_, err := w.bus.Replay(t.Context(), bus.StreamClaims, nil, func(m bus.Msg) error {
		said := new(claimv1.Changed)
		if err := pb.Unmarshal(m.Data, said); err != nil || said.Obligation.Terms.EndHeight != end {
			return err
		}
		trail, ok := all[said.Obligation.Terms.Supplier]
		if !ok {
			trail.owner = map[claimv1.Phase]string{}
		}
		trail.owner[said.Obligation.Phase], trail.last = said.Obligation.Owner, said.Obligation
		all[said.Obligation.Terms.Supplier] = trail
		return nil
	})
	require.NoError(t, err)
	return all
}

// proven reads from the chain's events which suppliers' proofs it got. Why it wanted them is not in its events: the
// sample is drawn again at settlement, from a claim whose status has changed by then.
func (w *world) proven(t *testing.T) map[string]bool {
	t.Helper()
	got := map[string]bool{}
	_, err := w.bus.Replay(t.Context(), bus.StreamChain, []string{bus.ChainEventsSubject("proof")}, func(m bus.Msg) error {
		part := new(chainv1.Events)
		if err := pb.Unmarshal(m.Data, part); err != nil {
			return err
		}
		for _, e := range part.Events {
			var said prooftypes.EventProofSubmitted
			if e.Type != proto.MessageName(&said) {
				continue
			}
			if err := event.Decode(e, &said); err != nil {
				return err
			}
			got[said.SupplierOperatorAddress] = true
		}
		return nil
	})
	require.NoError(t, err)
	return got
}

// refused counts the transactions in blocks that the chain refused.
func (w *world) refused(t *testing.T) (n int) {
	t.Helper()
	for height := int64(1); height < w.awaitHeight(t, 1); height++ {
		results, err := w.node.BlockResults(t.Context(), height)
		require.NoError(t, err)
		for _, tx := range results.TxsResults {
			if tx.Code != 0 {
				n++
			}
		}
	}
	return n
}

// rootOf is a claim's root: a digest, the sum and the count.
func rootOf(count, sum uint64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(make([]byte, 32, 48), sum), count)
}
