package analytics_test

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	sdk "github.com/cosmos/cosmos-sdk/types"
	gogoproto "github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/analytics"
	"github.com/lodeworks/lode/services/kit/bus"
)

// chainEvent is a typed event's full name. The migration from the former network is over and stays as it comes.
var chainEvent = regexp.MustCompile(`^pocket\.(proof|tokenomics|supplier|application|gateway|service|session|shared)\.Event\w+$`)

// eventsOfTheChain are the full names of all typed events in the chain's own types.
func eventsOfTheChain() (names []string) {
	gogoproto.HybridResolver.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		for i := range file.Messages().Len() {
			if name := string(file.Messages().Get(i).FullName()); chainEvent.MatchString(name) {
				names = append(names, name)
			}
		}
		return true
	})
	return names
}

// Every event that the chain's types know has a table of its own.
func TestEveryEventIsTyped(t *testing.T) {
	events := eventsOfTheChain()
	require.Greater(t, len(events), 30)
	var pocket []string
	for _, name := range analytics.TypedEvents() {
		if strings.HasPrefix(name, "pocket.") {
			pocket = append(pocket, name)
		}
	}
	require.ElementsMatch(t, events, pocket)
}

// Every table gets its rows, and hearing everything again changes no row of any.
func TestAReplayChangesNoFact(t *testing.T) {
	w := newWorld(t)
	w.happenedAll(100)
	tell(w)
	w.rolled()
	dead, err := w.bus.LastSequence(t.Context(), bus.StreamDead)
	require.NoError(t, err)
	require.Zero(t, dead, "every event is understood")
	before := w.fingerprints()
	for table, rows := range before {
		require.NotZero(t, rows, table)
	}
	w.replay()
	w.rolled()
	require.Equal(t, before, w.fingerprints())
}

// happenedAll says every event that there is, and one of each of the bank module's, at heights from one on.
func (w *world) happenedAll(height int64) {
	for _, name := range eventsOfTheChain() {
		for depth := range 3 { // 0: every message in it is absent
			message := reflect.New(gogoproto.MessageType(name).Elem())
			fill(message.Elem(), "", depth)
			w.happened(height, message.Interface().(gogoproto.Message))
			height++
		}
	}
	w.banked(height)
}

// banked says one of each of the bank module's events.
func (w *world) banked(height int64) {
	event := func(index uint32, kind string, pairs ...string) *chainv1.Event {
		e := &chainv1.Event{Type: kind, Index: index}
		for i := 0; i < len(pairs); i += 2 {
			e.Attributes = append(e.Attributes, &chainv1.Attribute{Key: pairs[i], Value: pairs[i+1]})
		}
		return e
	}
	w.say(bus.ChainEventsSubject("cosmos"), &chainv1.Events{Height: height, TimeUnixNano: blockTime(height), Events: []*chainv1.Event{
		event(0, "coinbase", "minter", "m", "amount", "9upokt"), event(1, "burn", "burner", "m", "amount", "4upokt"),
		event(2, "coin_received", "receiver", "r", "amount", "3upokt"), event(3, "coin_spent", "spender", "r", "amount", "2upokt"),
		event(4, "tx", "fee", "1upokt", "fee_payer", "r"),
	}})
	w.block(height)
}

// fingerprints are hashes of all rows of every table, by table: 0 when it is empty. What tells when a row was made is
// left out, and so are tables that only the chain's state and transactions fill.
func (w *world) fingerprints() map[string]uint64 {
	w.t.Helper()
	rows, err := w.conn.Query(w.t.Context(), `SELECT name FROM system.tables WHERE database = currentDatabase() AND name NOT LIKE 'goose%'
AND name NOT IN ('relay_marks', 'rollups', 'supply_seen', 'params_seen', 'service_states', 'param_updates', 'claim_messages', 'txs')`)
	require.NoError(w.t, err)
	hashes := map[string]uint64{}
	for rows.Next() {
		var table string
		require.NoError(w.t, rows.Scan(&table))
		hashes[table] = 0
	}
	require.NoError(w.t, rows.Close())
	for table := range hashes {
		var hash, n uint64
		columns := "*"
		switch table {
		case "relay_minutes", "relay_hours":
			columns = "* EXCEPT (built_at, backend_sketch, first_token_sketch)"
		case "session_logs":
			columns = "* EXCEPT (built_at)"
		case "relays":
			columns = "* EXCEPT (stored_at)"
		}
		require.NoError(w.t, w.conn.QueryRow(w.t.Context(), "SELECT count(), groupBitXor(cityHash64(toString(tuple("+columns+")))) FROM "+table+" FINAL").Scan(&n, &hash), table)
		if n > 0 {
			hashes[table] = max(hash, 1)
		}
	}
	return hashes
}

// bare are amounts that the chain writes without their coin.
var bare = regexp.MustCompile(`^(PoolShare|Commission|SelfDelegationReward|DelegatorsReward|TotalDelegatedStake)Upokt$`)

// fill sets a value to something that is not zero; messages down to a depth.
func fill(v reflect.Value, name string, depth int) {
	switch {
	case v.Type() == reflect.TypeFor[sdk.Coin]():
		v.Set(reflect.ValueOf(sdk.NewInt64Coin("upokt", 77)))
	case v.Kind() == reflect.Pointer && depth > 0:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), name, depth-1)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), v.Type().Field(i).Name, depth)
		}
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() != reflect.Uint8 && depth > 0:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), name, depth)
	case v.Kind() == reflect.String && strings.Contains(name, "TargetHash"):
		v.SetString(strings.Repeat("7f", 32))
	case v.Kind() == reflect.String && bare.MatchString(name):
		v.SetString("77")
	case v.Kind() == reflect.String:
		v.SetString("77upokt")
	case v.CanInt():
		v.SetInt(1)
	case v.CanUint():
		v.SetUint(7)
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	}
}
