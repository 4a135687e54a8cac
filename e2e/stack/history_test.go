package stack_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	apptypes "github.com/pokt-network/poktroll/x/application/types"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"
	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"
	suppliertypes "github.com/pokt-network/poktroll/x/supplier/types"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/analytics/ledger"
	"github.com/lodeworks/lode/services/analytics/whatif"
	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/tools/analyticsapi"
	"github.com/lodeworks/lode/tools/localnet"
	"github.com/lodeworks/lode/tools/served"
)

// The markets of the history: suppliers of both share their rewards with their owner.
const (
	rich  = "rich"
	short = "short" // its application cannot pay what is claimed
)

var historyMarkets = []market{{rich, 3, 0}, {short, 2, 1_500_000}}

const (
	ownerPercent = 20
	refused      = 3 // relays of one session
)

// history is a chain on which claims were settled in full, cut short, and expired, and what analytics has of it.
type history struct {
	*world
	api    *analyticsapi.Client
	lines  ledgerLines
	first  int64 // height of the first reading of the chain's state
	last   int64 // height of the last
	silent localnet.Supplier
}

// TestHistory makes one history on a real chain, and asks of it everything there is to ask. Every figure is the chain's
// own, to the unit.
func TestHistory(t *testing.T) {
	h := makeHistory(t)
	t.Run("supply", h.checkSupply)
	t.Run("balances", h.checkBalances)
	t.Run("rewards are balance changes", h.checkRewards)
	t.Run("burn and mint", h.checkBurnAndMint)
	t.Run("stakes", h.checkStakes)
	t.Run("earnings and losses", h.checkEarnings)
	t.Run("gateways and refusals", h.checkGateways)
	t.Run("fees", h.checkFees)
	t.Run("difficulty", h.checkDifficulty)
	t.Run("what if nothing were different", h.checkWhatIf)
	t.Run("expired and slashed", h.checkExpired)
	t.Run("every line of the page", h.checkPage)
}

func makeHistory(t *testing.T) *history {
	w := startWorld(t, netOf(t, historyMarkets, ownerPercent))
	h := &history{world: w, api: analyticsapi.New(w.o.AnalyticsURL()), silent: w.net.SuppliersOf(rich)[2]}
	one := w.nextSession(t, 1)
	w.serve(t, one, w.net.SuppliersOf(rich)[0], crowd) // more than the chain wants: the difficulty changes
	w.serve(t, one, w.net.SuppliersOf(rich)[1], few)
	for _, s := range w.net.SuppliersOf(short) {
		w.serve(t, one, s, tooMany)
	}
	require.NoError(t, w.relayer.Refuse(t.Context(), served.Load{
		Supplier: w.net.SuppliersOf(rich)[1], Session: w.session(t, rich, one), Relays: refused,
	}, "overload"))
	h.claimWithoutProof(t, one)
	two := w.nextSession(t, one+1)
	w.serve(t, two, w.net.SuppliersOf(rich)[1], many)
	params := &w.net.Profile.Shared
	three := w.nextSession(t, sharedtypes.GetProofWindowCloseHeight(params, one)+1)
	w.serve(t, three, w.net.SuppliersOf(rich)[0], crowd)
	h.lines = w.settled(t, 6)
	over := sharedtypes.GetProofWindowCloseHeight(params, three) + 1
	h.last = await(t, "a reading of the state behind the settlements", func(ctx context.Context) (int64, bool) {
		rows := h.rows(t, "supply", "limit", "500")
		h.first = 1 << 62
		newest := int64(0)
		for _, r := range rows {
			if r["chain_upokt"] != nil {
				h.first, newest = min(h.first, integer(r["height"])), max(newest, integer(r["height"]))
			}
		}
		return newest, newest >= over && integer(h.rows(t, "index")[0]["last_height"]) >= newest
	})
	return h
}

// claimWithoutProof claims work that nobody did, above the threshold: the proof that the chain wants can't be given.
func (h *history) claimWithoutProof(t *testing.T, start int64) {
	session := h.session(t, rich, start)
	h.awaitHeight(t, sharedtypes.GetClaimWindowOpenHeight(&h.net.Profile.Shared, start))
	h.send(t, h.silent.Account, &prooftypes.MsgCreateClaim{
		SupplierOperatorAddress: h.silent.Address, SessionHeader: session.Header, RootHash: rootOf(many, many*units),
	})
}

// rows are all rows of a question.
func (h *history) rows(t *testing.T, question string, pairs ...string) (rows []map[string]any) {
	t.Helper()
	query := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		query.Add(pairs[i], pairs[i+1])
	}
	require.NoError(t, h.api.Rows(t.Context(), "/v1/"+question, query, func(raw json.RawMessage) error {
		var row map[string]any
		rows = append(rows, row)
		return json.Unmarshal(raw, &rows[len(rows)-1])
	}))
	return rows
}

func integer(v any) int64 { return int64(v.(float64)) }

// amount is an amount of an answer.
func amount(t *testing.T, v any) *big.Int {
	t.Helper()
	n, ok := new(big.Int).SetString(v.(string), 10)
	require.True(t, ok, "%v", v)
	return n
}

// total sums a column.
func total(t *testing.T, rows []map[string]any, column string) *big.Int {
	t.Helper()
	sum := new(big.Int)
	for _, r := range rows {
		sum.Add(sum, amount(t, r[column]))
	}
	return sum
}

func same(t *testing.T, want, got *big.Int, what string) {
	t.Helper()
	require.Equal(t, want.String(), got.String(), what)
}

// supplyAt and balanceAt are the bank module's own figures after a block.
func (h *history) supplyAt(t *testing.T, height int64) *big.Int {
	res, err := banktypes.NewQueryClient(h.node).SupplyOf(chain.At(t.Context(), height), &banktypes.QuerySupplyOfRequest{Denom: localnet.Denom})
	require.NoError(t, err)
	return res.Amount.Amount.BigInt()
}

func (h *history) balanceAt(t *testing.T, height int64, address string) *big.Int {
	res, err := banktypes.NewQueryClient(h.node).Balance(chain.At(t.Context(), height), &banktypes.QueryBalanceRequest{Address: address, Denom: localnet.Denom})
	require.NoError(t, err)
	return res.Balance.Amount.BigInt()
}

// checkSupply: at every height at which anything changed, the supply that is replayed from events is the chain's own.
func (h *history) checkSupply(t *testing.T) {
	changes := 0
	for _, r := range h.rows(t, "supply", "changes", "true", "to", fmt.Sprint("height:", h.last+1)) {
		height := integer(r["height"])
		same(t, h.supplyAt(t, height), amount(t, r["replayed_upokt"]), fmt.Sprint("supply at ", height))
		if r["difference_upokt"] != nil {
			require.Equal(t, "0", r["difference_upokt"])
		} else {
			changes++
		}
	}
	require.Positive(t, changes)
	require.NotEqual(t, h.supplyAt(t, h.first).String(), h.supplyAt(t, h.last).String(), "a history in which nothing happened")
}

// checkBalances: every account that any reward went to, and every wallet, has what its statement says.
func (h *history) checkBalances(t *testing.T) {
	accounts := map[string]bool{}
	for _, a := range h.net.Accounts() {
		accounts[a.Address] = true
	}
	for _, r := range h.rows(t, "rewards", "group_by", "recipient") {
		accounts[r["recipient"].(string)] = true
	}
	moved := 0
	for address := range accounts {
		rows := h.rows(t, "balance-changes", "account", address, "from", fmt.Sprint("height:", h.first+1), "to", fmt.Sprint("height:", h.last+1), "limit", "5000")
		want := new(big.Int).Sub(h.balanceAt(t, h.last, address), h.balanceAt(t, h.first, address))
		same(t, want, total(t, rows, "upokt"), address)
		moved += len(rows)
	}
	require.Positive(t, moved)
}

// checkRewards: what settlements paid to someone is what its balance gained at the ends of blocks.
func (h *history) checkRewards(t *testing.T) {
	paid := map[string]*big.Int{}
	for _, r := range h.rows(t, "rewards", "group_by", "recipient") {
		paid[r["recipient"].(string)] = amount(t, r["upokt"])
	}
	for _, s := range h.net.Suppliers {
		if s.Address != h.silent.Address {
			require.NotNil(t, paid[s.Address])
		}
	}
	require.NotNil(t, paid[h.net.Owner.Address], "shares of the revenue")
	require.NotNil(t, paid[h.net.Validator.Address], "the proposers' part")
	require.NotNil(t, paid[h.net.Source.Address])
	for address, want := range paid {
		gained := new(big.Int)
		for _, r := range h.rows(t, "balance-changes", "account", address, "limit", "5000") {
			if r["section"] == "end_block" {
				gained.Add(gained, amount(t, r["upokt"]))
			}
		}
		same(t, want, gained, address)
	}
}

// checkBurnAndMint: what was settled was burnt, what was minted was paid, and nothing else moved the supply but slashes.
func (h *history) checkBurnAndMint(t *testing.T) {
	operation := func(kind string) *big.Int {
		sum := new(big.Int)
		for _, r := range h.rows(t, "settlement-operations", "group_by", "operation,reason") {
			if r["operation"] == kind {
				sum.Add(sum, amount(t, r["upokt"]))
			}
		}
		return sum
	}
	earnings := h.rows(t, "earnings", "group_by", "session,supplier")
	network := h.rows(t, "network", "group_by", "service")
	settled, minted := total(t, earnings, "settled_upokt"), total(t, earnings, "minted_upokt")
	inflation, slashed := total(t, network, "inflation_upokt"), total(t, network, "slashed_upokt")
	require.Positive(t, slashed.Sign())
	require.Positive(t, inflation.Sign())
	same(t, settled, operation("burn"), "burn")
	same(t, new(big.Int).Add(minted, inflation), operation("mint"), "mint")
	same(t, settled, total(t, network, "burnt_upokt"), "burn by service")
	same(t, minted, total(t, network, "minted_upokt"), "mint by service")
	mints := h.rows(t, "mints", "group_by", "account")
	same(t, operation("mint"), total(t, mints, "minted_upokt"), "mints of the bank module")
	same(t, new(big.Int).Add(settled, slashed), total(t, mints, "burnt_upokt"), "burns of the bank module")
	// Applications advance the inflation to the DAO: it is paid out once more.
	paid := new(big.Int).Add(operation("mint"), inflation)
	same(t, paid, total(t, h.rows(t, "rewards", "group_by", "reason"), "upokt"), "all that was paid")
}

// checkStakes: stakes that are replayed from genesis' by settlements and slashes are the chain's.
func (h *history) checkStakes(t *testing.T) {
	stakes := map[string]string{}
	for _, r := range h.rows(t, "applications", "show", "all") {
		stakes[r["application"].(string)] = r["stake_upokt"].(string)
	}
	for _, m := range h.net.Markets() {
		if !h.isStaked(t, m.Application) {
			continue
		}
		res, err := apptypes.NewQueryClient(h.node).Application(t.Context(), &apptypes.QueryGetApplicationRequest{Address: m.Application.Address})
		require.NoError(t, err)
		require.Equal(t, res.Application.Stake.Amount.String(), stakes[m.Application.Address], m.Service.ID)
	}
	for _, r := range h.rows(t, "suppliers") {
		res, err := suppliertypes.NewQueryClient(h.node).Supplier(t.Context(), &suppliertypes.QueryGetSupplierRequest{OperatorAddress: r["supplier"].(string)})
		require.NoError(t, err)
		require.Equal(t, res.Supplier.Stake.Amount.String(), r["stake_upokt"], r["supplier"])
		require.Equal(t, h.net.Owner.Address, r["owner"])
	}
}

// checkEarnings: what the API says was earned and lost is what the ledger says, line by line and by day.
func (h *history) checkEarnings(t *testing.T) {
	lost := map[string]*big.Int{}
	for _, r := range h.rows(t, "overservicing", "group_by", "supplier") {
		lost[r["supplier"].(string)] = amount(t, r["lost_upokt"])
	}
	earned := map[string]*big.Int{}
	for _, r := range h.rows(t, "earnings", "group_by", "session,supplier") {
		earned[r["session"].(string)+r["supplier"].(string)] = amount(t, r["earned_upokt"])
	}
	sum := ledger.Amount{}
	for _, l := range h.lines {
		require.Equal(t, l.EarnedUpokt.String(), earned[l.Session+l.Supplier].String())
		sum = sum.Plus(l.EarnedUpokt)
		if !l.OverserviceUpokt.Zero() {
			require.Equal(t, l.OverserviceUpokt.String(), lost[l.Supplier].String())
		}
	}
	require.Len(t, lost, 2, "both suppliers of the application that ran short")
	require.Len(t, earned, len(h.lines))
	funnel, err := h.api.Funnel(t.Context(), "", "", "day", "", "")
	require.NoError(t, err)
	byDay := ledger.Amount{}
	for _, f := range funnel {
		require.NotEqual(t, "unknown", f.Key)
		require.Zero(t, f.Unbalanced)
		byDay = byDay.Plus(f.Upokt.Earned)
	}
	require.Equal(t, sum.String(), byDay.String())
}

// checkGateways: the one gateway of the ring brought all that was earned from our log, and what was refused stands beside
// the session that it was of.
func (h *history) checkGateways(t *testing.T) {
	earnings := h.rows(t, "gateway-earnings", "group_by", "gateway,gateway_by")
	require.Len(t, earnings, 1)
	require.Equal(t, []any{h.net.Gateway.Address, "ring"}, []any{earnings[0]["gateway"], earnings[0]["gateway_by"]})
	same(t, total(t, h.rows(t, "earnings", "group_by", "supplier"), "earned_upokt"), total(t, earnings, "earned_upokt"), "by gateway")
	sum := uint64(0)
	for _, l := range h.lines {
		sum += l.Refused
		if l.Refused > 0 {
			require.Equal(t, []ledger.Refusal{{Cause: "overload", Relays: refused, ComputeUnits: refused * l.UnitsPerRelay}}, l.Refusals)
			require.Equal(t, h.net.SuppliersOf(rich)[1].Address, l.Supplier)
		}
	}
	require.EqualValues(t, refused, sum)
	rows := h.rows(t, "refusals", "group_by", "gateway,cause,region")
	require.Len(t, rows, 1)
	require.Equal(t, []any{h.net.Gateway.Address, "overload", "here", float64(refused)}, []any{rows[0]["gateway"], rows[0]["cause"], rows[0]["region"], rows[0]["relays"]})
	for _, r := range h.rows(t, "relays", "group_by", "gateway,backend,region") {
		require.Equal(t, []any{h.net.Gateway.Address, "demo", "here"}, []any{r["gateway"], r["backend"], r["region"]})
	}
}

// checkFees: the fees of claims and proofs are all that suppliers spent, which do nothing else here.
func (h *history) checkFees(t *testing.T) {
	fees := map[string]*big.Int{}
	for _, r := range h.rows(t, "fees", "group_by", "supplier") {
		fees[r["supplier"].(string)] = amount(t, r["fee_upokt"])
	}
	for _, s := range h.net.Suppliers {
		spent := new(big.Int)
		for _, r := range h.rows(t, "balance-changes", "account", s.Address, "limit", "5000") {
			if r["section"] == "tx" {
				spent.Sub(spent, amount(t, r["upokt"]))
			}
		}
		require.Positive(t, spent.Sign())
		same(t, spent, fees[s.Address], s.Address)
	}
}

// checkDifficulty: the change is seen, and what the chain estimated from fewer leaves is near what was answered.
func (h *history) checkDifficulty(t *testing.T) {
	changes := h.rows(t, "difficulty", "service", rich)
	require.NotEmpty(t, changes)
	perLeaf := changes[len(changes)-1]["relays_per_leaf"].(float64)
	require.Greater(t, perLeaf, 1.0)
	var seen int
	for _, r := range h.rows(t, "estimates", "group_by", "session,supplier", "service", rich) {
		leaves, actual := integer(r["leaves"]), integer(r["actual_relays"])
		if leaves == actual {
			require.Zero(t, integer(r["error_relays"]))
			require.Nil(t, r["sigmas"])
			continue
		}
		seen++
		require.EqualValues(t, crowd, actual)
		require.InDelta(t, perLeaf, float64(integer(r["estimated_relays"]))/float64(leaves), 1)
		require.Less(t, r["sigmas"].(float64)*r["sigmas"].(float64), 36.0)
	}
	require.Equal(t, 1, seen, "the session after the change")
}

// checkWhatIf: settled once more under the parameters that were, every claim comes to what it came to; under others it
// does not.
func (h *history) checkWhatIf(t *testing.T) {
	sums := func(pairs ...string) []whatif.Total {
		query := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			query.Set(pairs[i], pairs[i+1])
		}
		var answer struct {
			Rows []whatif.Total `json:"rows"`
		}
		require.NoError(t, h.api.Get(t.Context(), "/v1/whatif", query, &answer))
		return answer.Rows
	}
	for _, supplier := range h.net.Suppliers {
		for _, s := range sums("by", "session", "supplier", supplier.Address) {
			for _, l := range h.lines {
				if l.Session == s.Key && l.Supplier == supplier.Address {
					require.Equal(t, l.SettledUpokt.String(), s.Then.Settled.String())
					require.Equal(t, l.EarnedUpokt.String(), s.Then.Earned.String())
				}
			}
			require.Equal(t, s.Actual, s.Then, s.Key)
		}
	}
	all := sums()[0]
	require.EqualValues(t, len(h.lines), all.Claims)
	require.Equal(t, all.Actual, all.Then)
	half := sums("mint_ratio", "0.5")[0]
	require.Equal(t, all.Actual, half.Actual)
	require.True(t, half.Then.Minted.LT(all.Then.Minted) && half.Then.Settled.Equal(all.Then.Settled), "%+v", half)
	require.Equal(t, float64(all.Claims), sums("proof_threshold", "0")[0].ExpectedProofs)
}

// checkExpired: the claim without proof, why it failed and what it cost.
func (h *history) checkExpired(t *testing.T) {
	failed := h.rows(t, "claims", "show", "failed")
	require.Len(t, failed, 1)
	f := failed[0]
	require.Equal(t, []any{h.silent.Address, "expired", "PROOF_MISSING", "0"}, []any{f["supplier"], f["outcome"], f["reason"], f["earned_upokt"]})
	slashes := h.rows(t, "stakes", "what", "slashed")
	require.Len(t, slashes, 1)
	left := new(big.Int).Sub(big.NewInt(h.net.Profile.SupplierStake), amount(t, f["slashed_upokt"]))
	require.Equal(t, left.String(), slashes[0]["stake_upokt"])
	losing := h.rows(t, "claims", "show", "losing")
	require.True(t, slices.ContainsFunc(losing, func(r map[string]any) bool { return r["supplier"] == h.silent.Address }))
}

// pageLine is a command in services/docs/analytics.md.
var pageLine = regexp.MustCompile(`(?m)^lode .+$`)

// quiet are questions that can rightly have no rows at this moment.
var quiet = []string{"lode ask obligations", "lode ask claims show=open"}

// checkPage: every line of the page works as it stands there, and has something to say.
func (h *history) checkPage(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "services", "docs", "analytics.md"))
	require.NoError(t, err)
	lines := pageLine.FindAllString(string(raw), -1)
	require.Greater(t, len(lines), 30)
	s := h.net.SuppliersOf(rich)[0]
	words := strings.NewReplacer("SESSION", h.lines.find(t, s).Session, "SUPPLIER", s.Address, "ACCOUNT", h.net.Owner.Address, "SERVICE", rich)
	for _, line := range lines {
		args := strings.Fields(words.Replace(line))[1:]
		if args[0] == "dossier" || args[0] == "status" {
			args = append(append(args, h.o.BusFlags()...), "--chain", h.o.ChainURL())
		}
		if args[0] != "dossier" {
			args = append(args, "--analytics", h.o.AnalyticsURL())
		}
		out, err := exec.CommandContext(t.Context(), filepath.Join(h.o.Bin, "lode"), args...).CombinedOutput()
		require.NoError(t, err, "%s: %s", line, out)
		if !slices.Contains(quiet, line) {
			require.NotEmpty(t, strings.TrimSpace(string(out)), line)
		}
	}
}
