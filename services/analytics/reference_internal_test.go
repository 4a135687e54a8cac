package analytics

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"math/big"
	"math/rand/v2"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/analytics/api"
	"github.com/lodeworks/lode/services/kit/ch"
	"github.com/lodeworks/lode/services/kit/ch/chtest"
)

// made is what a chain might have said, as rows; each of them is stored twice.
type made struct {
	t      *testing.T
	server *api.Server

	claims         []*claimRow
	settlements    []*settlementRow
	shares         []*shareRow
	failures       []*failureRow
	reimbursements []*reimbursementRow
	messages       []*claimMessageRow
	fees           []*feeRow
	balances       []*balanceRow
	batches        []*batchRow
	supply         []*supplyRow
	seen           []*supplySeenRow
	actors         []*actorRow
	submissions    []*submissionRow
	relays         []*relayRow
	refused        []*refusedRow
	obligations    []*obligationRow // in the order in which they were said
	difficulties   []*difficultyRow
	readings       []*paramSeenRow
	updates        []*paramUpdateRow
	effective      []int64 // of the updates
}

const lastHeight = 60

// at is the origin of an event; a day has ten blocks.
func at(height int64, index uint32) origin {
	return origin{Height: height, EventIndex: index, Time: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(height) * 144 * time.Minute)}
}

// histories are those that were made, by seed: tests only read them.
var histories = map[uint64]*made{}

// lasting is a test that does not end before the process.
type lasting struct{ testing.TB }

func (lasting) Cleanup(func())           {}
func (lasting) Context() context.Context { return context.Background() }

// newMade is the history of a seed, for a test.
func newMade(t *testing.T, seed uint64) *made {
	if histories[seed] == nil {
		histories[seed] = makeHistory(lasting{t}, seed)
	}
	m := *histories[seed]
	m.t = t
	return &m
}

func makeHistory(t testing.TB, seed uint64) *made {
	m := &made{}
	random := rand.New(rand.NewPCG(seed, 7))
	m.money(random)
	m.actorsOf(random)
	m.supplyOf(random)
	m.relaysOf(random)
	m.obligationsOf(random)
	m.difficultiesOf(random)
	m.paramsOf(random)
	cfg, conn := chtest.Start(t)
	require.NoError(t, Migrate(t.Context(), cfg, slog.New(slog.DiscardHandler)))
	for range 2 {
		require.NoError(t, Insert(t.Context(), conn, cfg.Timeout, m.rows()))
	}
	summer := &Service{cfg: Config{ClickHouse: cfg}, conn: conn, metrics: newMetrics(prometheus.NewRegistry())}
	require.NoError(t, summer.rollUpDue(t.Context()))
	store, err := ch.NewAsker(cfg)
	require.NoError(t, err)
	m.server = &api.Server{Routes: api.Routes(), Store: store, Log: slog.New(slog.DiscardHandler),
		Limits: api.Limits{Timeout: time.Minute, ReadRows: 1e9, Rows: 1e6, Memory: 1 << 32}}
	return m
}

func (m *made) rows() (all []ch.Row) {
	for height := int64(1); height <= lastHeight; height++ {
		all = append(all, &blockRow{Height: height, Hash: "AB", Time: at(height, 0).Time, ChainID: "pocket"})
	}
	return append(all, slices.Concat(rowsOf(m.claims), rowsOf(m.settlements), rowsOf(m.shares), rowsOf(m.failures), rowsOf(m.reimbursements),
		rowsOf(m.messages), rowsOf(m.fees), rowsOf(m.balances), rowsOf(m.batches), rowsOf(m.supply), rowsOf(m.seen), rowsOf(m.actors), rowsOf(m.submissions),
		rowsOf(m.relays), rowsOf(m.refused), rowsOf(m.obligations), rowsOf(m.difficulties), rowsOf(m.readings), rowsOf(m.updates))...)
}

func rowsOf[R ch.Row](list []R) (rows []ch.Row) {
	for _, r := range list {
		rows = append(rows, r)
	}
	return rows
}

func amountIn(random *rand.Rand, most int64) *big.Int { return big.NewInt(random.Int64N(most)) }

// money makes claims with everything that becomes of them.
func (m *made) money(random *rand.Rand) {
	for end := int64(10); end <= 50; end += 10 {
		for n := range 12 {
			if random.IntN(4) == 0 {
				continue
			}
			key := claimKey{fmt.Sprint("s", n%3), fmt.Sprint("a", n/3%2), fmt.Sprint("x", n/6), end}
			m.claim(random, key, uint32(n*100))
		}
	}
}

func (m *made) claim(random *rand.Rand, key claimKey, index uint32) {
	leaves := random.Uint64N(50) + 1
	made := at(key.SessionEndHeight+2, index)
	claimed := amountIn(random, 1e6)
	m.claims = append(m.claims, &claimRow{claimKey: key, origin: made, NumRelays: leaves, ComputeUnits: leaves * 10, EstimatedRelays: leaves, ClaimedUpokt: claimed, Version: made.version()})
	m.attempts(random, key, made.Height, index)
	over := at(key.SessionEndHeight+8, index)
	switch random.IntN(5) {
	case 0: // open
	case 1:
		f := &failureRow{claimKey: key, origin: over, Kind: "expired", Reason: "PROOF_MISSING", NumRelays: leaves, Upokt: claimed, EffectiveUpokt: new(big.Int), Version: over.version()}
		slash := &failureRow{claimKey: key, origin: at(over.Height, index+50), Kind: "slashed", Upokt: amountIn(random, 100), EffectiveUpokt: big.NewInt(5), Version: over.version() + 50}
		m.failures = append(m.failures, f, slash)
	default:
		m.settle(random, key, over, leaves, claimed)
	}
}

// attempts are the transactions of a claim: one that fails now and then, and a proof.
func (m *made) attempts(random *rand.Rand, key claimKey, height int64, index uint32) {
	for i := range 1 + random.IntN(2) {
		tx := index + uint32(i)
		where := place{Height: height, TxIndex: tx, Time: at(height, 0).Time}
		of := uint32(1 + random.IntN(3))
		m.fees = append(m.fees, &feeRow{Height: height, TxIndex: tx, Time: where.Time, Payer: key.Supplier, Upokt: amountIn(random, 1000)})
		for n := range of {
			where.MsgIndex = n
			row := &claimMessageRow{place: where, Kind: "claim", Supplier: key.Supplier, Application: key.Application, Service: key.Service,
				SessionID: fmt.Sprint(key), SessionEndHeight: key.SessionEndHeight, Code: uint32(i), Of: of}
			if n == 1 {
				row.Kind = "proof"
				cost := at(height, tx*10+n)
				m.submissions = append(m.submissions, &submissionRow{claimKey: key, origin: cost, TxIndex: tx})
				m.balances = append(m.balances, &balanceRow{Account: key.Supplier, origin: cost, Section: 2, TxIndex: tx, MsgIndex: int32(n), Upokt: new(big.Int).Neg(amountIn(random, 50))})
			}
			m.messages = append(m.messages, row)
		}
	}
}

func (m *made) settle(random *rand.Rand, key claimKey, over origin, leaves uint64, claimed *big.Int) {
	lost := new(big.Int)
	if random.IntN(3) == 0 {
		lost = new(big.Int).Div(claimed, big.NewInt(3))
		m.failures = append(m.failures, &failureRow{claimKey: key, origin: over, Kind: "overserviced", Upokt: claimed, EffectiveUpokt: new(big.Int).Sub(claimed, lost), SpendLimit: random.IntN(2) == 0, Version: over.version()})
	}
	settled := new(big.Int).Sub(claimed, lost)
	minted := new(big.Int).Div(settled, big.NewInt(2))
	var shares []ch.Row
	for i, reason := range []int32{4, 7, 15, 17} {
		share := &shareRow{claimKey: key, origin: over, SessionID: fmt.Sprint(key), ShareIndex: uint32(i),
			Recipient: fmt.Sprint("r", random.IntN(3)), OpReason: reason, OpReasonName: fmt.Sprint("reason", reason), Upokt: amountIn(random, 1000)}
		m.shares, shares = append(m.shares, share), append(shares, share)
	}
	earned, paid := sumsOf(shares)
	m.settlements = append(m.settlements, &settlementRow{
		claimKey: key, origin: over, SessionID: fmt.Sprint(key), Owner: "o" + key.Supplier, NumRelays: leaves, ComputeUnits: leaves * 10,
		EstimatedRelays: leaves * 3, EstimatedComputeUnits: leaves * 30, ClaimedUpokt: claimed, SettledUpokt: settled, MintedUpokt: minted,
		OverservicingLossUpokt: lost, DeflationLossUpokt: new(big.Int).Sub(settled, minted), EarnedUpokt: earned, PaidUpokt: paid, Version: over.version(),
	})
	m.reimbursements = append(m.reimbursements, &reimbursementRow{origin: at(over.Height, over.EventIndex+1), Application: key.Application, Supplier: key.Supplier,
		Service: key.Service, SessionID: fmt.Sprint(key), Upokt: amountIn(random, 500)})
	m.batches = append(m.batches, &batchRow{origin: at(over.Height, over.EventIndex+2), OpType: "mod_to_acct", OpReason: 20, OpReasonName: "reason20", Recipient: "v", Upokt: amountIn(random, 99)})
}

// actorsOf makes applications and suppliers that are staked, seen, slashed and gone.
func (m *made) actorsOf(random *rand.Rand) {
	for i := range 3 {
		for height := int64(1); height < lastHeight; height += 1 + random.Int64N(20) {
			a := actor(kindApplication, fmt.Sprint("a", i), []string{"seen", "staked", "redelegated"}[random.IntN(3)], at(height, uint32(random.IntN(2))*afterBlock))
			a.Known, a.StakeUpokt, a.Services, a.Gateways = true, big.NewInt(1e9+random.Int64N(1e6)), []string{"x0"}, []string{"g0", "g1"}[:random.IntN(3)]
			s := actor(kindSupplier, fmt.Sprint("s", i), "seen", at(height, afterBlock))
			s.Known, s.StakeUpokt, s.Owner, s.Services = true, amountIn(random, 1e6), fmt.Sprint("os", i), []string{"x0", "x1"}[:1+random.IntN(2)]
			m.actors = append(m.actors, a, s)
			if random.IntN(2) == 0 {
				slash := actor(kindSupplier, fmt.Sprint("s", i), "slashed", at(height+1, 3))
				slash.StakeUpokt = amountIn(random, 1e6)
				m.actors = append(m.actors, slash)
			}
		}
	}
	gone := actor(kindApplication, "a2", "unbonding_end", at(lastHeight, 1))
	gone.Known = true
	m.actors = append(m.actors, gone)
}

func (m *made) supplyOf(random *rand.Rand) {
	supply := big.NewInt(1e12)
	for height := int64(1); height <= lastHeight; height++ {
		for i := range random.IntN(3) {
			row := &supplyRow{origin: at(height, uint32(i)), Kind: "mint", Account: fmt.Sprint("m", i), Upokt: amountIn(random, 1e6)}
			if random.IntN(2) == 0 {
				row.Kind = "burn"
				supply.Sub(supply, row.Upokt)
			} else {
				supply.Add(supply, row.Upokt)
			}
			m.supply = append(m.supply, row)
		}
		if height >= 5 && height%9 == 5 {
			m.seen = append(m.seen, &supplySeenRow{Height: height, Time: at(height, 0).Time, Upokt: new(big.Int).Set(supply)})
		}
	}
}

// ask is the answer to a question, every row as text by column.
func (m *made) ask(path string, pairs ...string) []map[string]string {
	m.t.Helper()
	values := url.Values{"limit": {"5000"}}
	for i := 0; i < len(pairs); i += 2 {
		values.Add(pairs[i], pairs[i+1])
	}
	route := m.server.Routes[slices.IndexFunc(m.server.Routes, func(r *api.Route) bool { return r.Path == "/v1/"+path })]
	q, err := route.Parse(values)
	require.NoError(m.t, err)
	page, err := m.server.Page(m.t.Context(), route, q)
	require.NoError(m.t, err)
	rows := []map[string]string{}
	for _, raw := range page.Rows {
		var row map[string]json.RawMessage
		require.NoError(m.t, json.Unmarshal(raw, &row))
		out := map[string]string{}
		for name, value := range row {
			var text string
			if json.Unmarshal(value, &text) != nil || string(value) == "null" {
				text = string(value)
			}
			out[name] = text
		}
		rows = append(rows, out)
	}
	return rows
}

// tally is the slow reference: sums by key and column.
type tally map[string]map[string]*big.Int

func (s tally) add(key, column string, n *big.Int) {
	if s[key] == nil {
		s[key] = map[string]*big.Int{}
	}
	if s[key][column] == nil {
		s[key][column] = new(big.Int)
	}
	s[key][column].Add(s[key][column], n)
}

func (s tally) count(key, column string, n uint64) { s.add(key, column, new(big.Int).SetUint64(n)) }

// same compares an answer with the reference: the same keys, and of each the same sums. A sum that the reference does not
// have is 0.
func (m *made) same(rows []map[string]string, key func(map[string]string) string, want tally, columns ...string) {
	m.t.Helper()
	require.NotEmpty(m.t, rows)
	keys := []string{}
	for _, row := range rows {
		keys = append(keys, key(row))
		for _, column := range columns {
			sum := want[key(row)][column]
			if sum == nil {
				sum = new(big.Int)
			}
			require.Equal(m.t, sum.String(), row[column], "%s of %s", column, key(row))
		}
	}
	require.ElementsMatch(m.t, slices.Collect(maps.Keys(want)), keys)
}

// byColumn is the key of rows that are grouped by one column.
func byColumn(name string) func(map[string]string) string {
	return func(row map[string]string) string { return row[name] }
}

func dayOf(o origin) string { return o.Time.Format(time.DateOnly) }
