package doctor

import (
	"errors"
	"testing"
	"time"

	"cosmossdk.io/math"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/submitter/treasury"
)

var now = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// levels are the findings' levels, by topic and subject.
func levels(all []Finding) map[string]Level {
	out := map[string]Level{}
	for _, f := range all {
		key := f.Check + " " + f.About
		if worse(f.Level, out[key]) {
			out[key] = f.Level
		}
	}
	return out
}

func worse(a, b Level) bool {
	order := map[Level]int{"": 0, OK: 1, Warn: 2, Fail: 3}
	return order[a] > order[b]
}

func TestJudgeChain(t *testing.T) {
	at := func(url, id string, height int64, age time.Duration) node {
		return node{url: url, chainID: id, height: height, time: now.Add(-age)}
	}
	syncing := at("e", "pocket", 100, time.Second)
	syncing.catchingUp = true
	got := levels(judgeChain([]node{
		at("a", "pocket", 100, 5*time.Second), at("b", "pocket", 95, 5*time.Second), at("c", "pocket", 94, time.Minute),
		at("d", "other", 90, time.Second), syncing, {url: "f", err: errors.New("connection refused")}, at("g", "pocket", 100, 6*time.Minute),
		at("h", "pocket", 100, -11*time.Second), at("i", "pocket", 100, -9*time.Second),
	}, now))
	require.Equal(t, map[string]Level{
		"chain a": OK, "chain b": OK, "chain c": Warn, "chain d": Fail, "chain e": Warn, "chain f": Fail, "chain g": Fail, "clock h": Fail, "chain i": OK,
	}, got)
}

func TestJudgeKeys(t *testing.T) {
	holders := []holder{
		{part: "relayer", service: "relayer", addresses: []string{"a", "b"}},
		{part: "relayer-2", service: "relayer", addresses: []string{"b", "c"}},
		{part: "submitter", service: "submitter", addresses: []string{"a"}},
		{part: "submitter-2", service: "submitter", addresses: []string{"b", "d"}},
		{part: "submitter-3", service: "submitter", err: errors.New("no such file")},
	}
	require.Equal(t, map[string]Level{"keys relayer": OK, "keys relayer-2": Fail, "keys submitter": OK, "keys submitter-2": OK, "keys submitter-3": Fail}, levels(judgeKeys(holders)))
	require.Equal(t, map[string]Level{"keys relayer": OK, "keys relayer-2": OK}, levels(judgeKeys(holders[:2])), "the submitter's file may be elsewhere")
}

func TestJudgeSuppliers(t *testing.T) {
	account := func(balance, stake int64) treasury.Account {
		a := treasury.Account{Balance: math.NewInt(balance)}
		if stake > 0 {
			a.Stake = math.NewInt(stake)
		}
		return a
	}
	leaving := account(1_000_000, 100)
	leaving.Leaving = true
	list := []supplier{
		{address: "well", account: account(100_000, 100), services: []string{"llm"}, urls: map[string]error{"http://r": nil}},
		{address: "poor", account: account(99_999, 99), services: []string{"llm", "other"}, urls: map[string]error{"http://r": errors.New("refused")}},
		{address: "bare", account: account(0, 0)},
		{address: "leaving", account: leaving},
		{address: "unknown", err: errors.New("no answer")},
	}
	holders := []holder{{service: "relayer", services: []string{"llm", "missing"}}, {service: "submitter"}}
	require.Equal(t, map[string]Level{
		"stake well": OK, "balance well": OK, "endpoint well": OK,
		"stake poor": Fail, "balance poor": Warn, "endpoint poor": Fail,
		"stake bare": Fail, "balance bare": Fail,
		"stake leaving": Warn, "balance leaving": OK,
		"stake unknown": Fail, "stake missing": Fail,
	}, levels(judgeSuppliers(list, math.NewInt(100), holders)))
	require.Equal(t, map[string]Level{"stake well": OK, "balance well": OK, "endpoint well": OK}, levels(judgeSuppliers(list[:1], math.NewInt(100), holders[1:])))
	unmatched := list[0]
	unmatched.services = []string{"other"}
	require.Equal(t, Warn, levels(judgeSuppliers([]supplier{unmatched}, math.NewInt(100), holders[:1]))["stake well"])
}

func TestJudgeBus(t *testing.T) {
	require.Equal(t, map[string]Level{"bus a": OK, "tls server of a": OK, "bus b": Warn, "tls b": Warn, "bus c": Fail, "bus d": OK, "tls server of d": Fail}, levels(judgeLinks([]link{
		{part: "a", rtt: time.Millisecond, until: now.Add(21 * day)}, {part: "b", rtt: time.Second}, {part: "c", err: errors.New("authorization violation")},
		{part: "d", until: now.Add(2 * day)},
	}, now)))
	require.Equal(t, map[string]Level{"clock bus": OK, "bus jetstream": Warn, "streams RELAYS": Fail, "streams CHAIN": OK, "streams FOLDS": Warn}, levels(judgeStreams(streams{
		now: now, theirs: now.Add(-2 * time.Second), used: 70, limit: 100,
		each: []streamState{
			{name: "RELAYS", bytes: 90, most: 100, replicas: 1, copies: 1, keepsOldest: true},
			{name: "CHAIN", bytes: 99, most: 100, replicas: 1, copies: 1},
			{name: "FOLDS", bytes: 10, most: 100, replicas: 3, copies: 2, keepsOldest: true},
		},
	})))
	require.Equal(t, map[string]Level{"streams ": Fail, "clock bus": Fail}, levels(judgeStreams(streams{err: errors.New("subjects differ"), now: now, theirs: now.Add(3 * time.Second)})))
}

func TestJudgeMachine(t *testing.T) {
	require.Equal(t, map[string]Level{"disk a": OK, "disk b": Fail, "disk c": Fail}, levels(judgeDisks([]disk{
		{part: "a", free: 100, needs: 100}, {part: "b", free: 99, needs: 100}, {part: "c", err: errors.New("permission denied")},
	})))
	require.Equal(t, map[string]Level{"files a": OK, "files b": Warn}, levels(judgeFiles(100, []Part{{Name: "a", Sockets: 50}, {Name: "b", Sockets: 51}, {Name: "c"}})))
	require.Equal(t, map[string]Level{"tls a": OK, "tls b": Warn, "tls c": Fail, "tls d": Fail}, levels(judgeCertificates([]expiry{
		{file: "a", until: now.Add(22 * day)}, {file: "b", until: now.Add(20 * day)}, {file: "c", until: now.Add(-day)}, {file: "d", err: errors.New("none")},
	}, now)))
	require.Equal(t, map[string]Level{"ready a": OK, "ready b": Fail, "ready c": Warn}, levels(judgeReady([]readiness{
		{part: "a", status: 200}, {part: "b", status: 503}, {part: "c", err: errors.New("refused")},
	})))
	require.Equal(t, map[string]Level{"store a": OK, "store b": Fail, "store c": Warn, "store d": Fail}, levels(judgeStores([]store{
		{part: "a", version: 8, want: 8}, {part: "b", version: 7, want: 8}, {part: "c", version: 9, want: 8}, {part: "d", err: errors.New("refused")},
	})))
}

// TestDo: whatever is not well says what to do.
func TestDo(t *testing.T) {
	for _, f := range judgeStreams(streams{err: errors.New("x")}) {
		require.NotEmpty(t, f.Do)
	}
	version, err := newest()
	require.NoError(t, err)
	require.GreaterOrEqual(t, version, int64(8))
}
