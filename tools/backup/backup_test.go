package backup_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/schemas"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/bus/bustest"
	"github.com/lodeworks/lode/services/kit/ch"
	"github.com/lodeworks/lode/services/kit/ch/chtest"
	"github.com/lodeworks/lode/tools/backup"
)

func TestMain(m *testing.M) { chtest.Main(m) }

// Every stream and bucket comes back with the same messages under the same numbers, and every consumer where it was.
func TestBusComesBack(t *testing.T) {
	b := bustest.Start(t, "topology")
	topology, err := bus.Declared()
	require.NoError(t, err)
	for i, s := range topology.Streams {
		fill(t, b, s, 40+i)
	}
	for _, k := range topology.Buckets {
		kv, err := b.JS.KeyValue(t.Context(), k.Name)
		require.NoError(t, err)
		for i := range 12 {
			_, err := kv.PutString(t.Context(), fmt.Sprintf("key.%d", i%7), fmt.Sprint("value ", i))
			require.NoError(t, err)
		}
		require.NoError(t, kv.Delete(t.Context(), "key.3"))
	}
	before := look(t, b)
	require.Len(t, before, len(topology.Streams)+len(topology.Buckets))

	dir := t.TempDir()
	require.NoError(t, backup.Bus(t.Context(), b, dir, func(string, int64) {}))
	require.Error(t, backup.Bus(t.Context(), b, dir, func(string, int64) {}), "a backup is never written over")
	require.Error(t, backup.RestoreBus(t.Context(), b, dir, func(string) {}), "a stream that is there is never written over")

	other := bustest.Dial(t, bustest.Server(t), "topology")
	require.NoError(t, backup.RestoreBus(t.Context(), other, dir, func(string) {}))
	require.Equal(t, before, look(t, other))
	for _, s := range topology.Streams {
		require.NoError(t, other.Bind(t.Context(), s.Name))
	}
	goesOn(t, other)
}

// fill puts messages into a stream, purges the first ones, and leaves a consumer in the middle.
func fill(t *testing.T, b *bus.Bus, s bus.Stream, n int) {
	t.Helper()
	subject := strings.ReplaceAll(bus.Wildcard(s.Subjects[0].Pattern), "*", "x")
	for i := range n {
		_, err := b.JS.Publish(t.Context(), subject, fmt.Append(nil, "message ", i, strings.Repeat(" long", i*100)), jetstream.WithMsgID(fmt.Sprint(s.Name, i)))
		require.NoError(t, err)
	}
	stream, err := b.JS.Stream(t.Context(), s.Name)
	require.NoError(t, err)
	require.NoError(t, stream.Purge(t.Context(), jetstream.WithPurgeSequence(6)))
	c, err := stream.CreateConsumer(t.Context(), jetstream.ConsumerConfig{Durable: "reader", AckPolicy: jetstream.AckExplicitPolicy})
	require.NoError(t, err)
	got, err := c.Fetch(10)
	require.NoError(t, err)
	for m := range got.Messages() {
		require.NoError(t, m.DoubleAck(t.Context()))
	}
}

// goesOn: consumers get what they had not, and new messages have new numbers.
func goesOn(t *testing.T, b *bus.Bus) {
	t.Helper()
	c, err := b.JS.Consumer(t.Context(), bus.StreamClaims, "reader")
	require.NoError(t, err)
	m, err := c.Next()
	require.NoError(t, err)
	meta, err := m.Metadata()
	require.NoError(t, err)
	require.EqualValues(t, 16, meta.Sequence.Stream, "5 were purged and 10 acknowledged")
	last, err := b.LastSequence(t.Context(), bus.StreamClaims)
	require.NoError(t, err)
	ack, err := b.JS.Publish(t.Context(), "lode.claim.changed.x.x", nil)
	require.NoError(t, err)
	require.Equal(t, last+1, ack.Sequence)
}

// look is all that a bus holds, by stream: its messages, its state, and where its consumers are.
func look(t *testing.T, b *bus.Bus) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	streams := b.JS.ListStreams(t.Context())
	for info := range streams.Info() {
		name := info.Config.Name
		lines := []string{fmt.Sprintf("%d messages %d to %d, %d bytes, subjects %v, limit %d", info.State.Msgs, info.State.FirstSeq, info.State.LastSeq, info.State.Bytes, info.Config.Subjects, info.Config.MaxBytes)}
		stream, err := b.JS.Stream(t.Context(), name)
		require.NoError(t, err)
		for seq := info.State.FirstSeq; seq <= info.State.LastSeq; seq++ {
			if m, err := stream.GetMsg(t.Context(), seq); err == nil {
				lines = append(lines, fmt.Sprintf("%d %s %s %v %q", m.Sequence, m.Subject, m.Time, m.Header, m.Data))
			}
		}
		consumers := stream.ListConsumers(t.Context())
		for c := range consumers.Info() {
			lines = append(lines, fmt.Sprintf("%s at %d, %d pending, %d not acknowledged", c.Name, c.AckFloor.Stream, c.NumPending, c.NumAckPending))
		}
		require.NoError(t, consumers.Err())
		all[name] = lines
	}
	require.NoError(t, streams.Err())
	return all
}

// Every table comes back with the same rows; one that has rows is not added to.
func TestClickHouseComesBack(t *testing.T) {
	cfg, conn := migrated(t)
	tables := column[string](t, conn, "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree' AND name != 'goose_db_version' ORDER BY name")
	require.Greater(t, len(tables), 25)
	for i, table := range tables {
		if i%7 == 6 {
			continue // some are empty
		}
		require.NoError(t, conn.Exec(t.Context(), random(t, conn, table, i)), table)
	}
	before := sums(t, conn, tables)

	dir := t.TempDir()
	require.NoError(t, backup.ClickHouse(t.Context(), cfg, dir, func(string, int64) {}))
	files, err := os.ReadDir(filepath.Join(dir, "clickhouse"))
	require.NoError(t, err)
	require.Len(t, files, len(tables))

	other, otherConn := chtest.Start(t)
	require.NoError(t, backup.RestoreClickHouse(t.Context(), other, dir, func(string) {}))
	require.Equal(t, before, sums(t, otherConn, tables))
	require.ErrorContains(t, backup.RestoreClickHouse(t.Context(), other, dir, func(string) {}), "only empty tables are restored")
}

// state is a type of unfinished aggregates: the function, its parameters, and what it is of.
var state = regexp.MustCompile(`^AggregateFunction\((\w+)(\([^)]*\))?, ([\w, ]+)\)$`)

// random is an insert of rows of all partitions into a table.
func random(t *testing.T, conn driver.Conn, table string, seed int) string {
	t.Helper()
	columns := column[string](t, conn, "SELECT name || ' ' || type FROM system.columns WHERE database = currentDatabase() AND table = '"+table+"' AND default_kind NOT IN ('MATERIALIZED', 'ALIAS') ORDER BY position")
	var names, values, plain []string
	for _, c := range columns {
		name, kind, _ := strings.Cut(c, " ")
		names = append(names, name)
		if m := state.FindStringSubmatch(kind); m != nil {
			var args []string
			for of := range strings.SplitSeq(m[3], ", ") {
				args = append(args, "[1 + rowNumberInAllBlocks() % 200, 7]::Array("+of+")")
			}
			values = append(values, fmt.Sprintf("arrayReduce('%sState%s', %s)", m[1], m[2], strings.Join(args, ", ")))
			continue
		}
		values, plain = append(values, name), append(plain, c)
	}
	return fmt.Sprintf("INSERT INTO `%s` (%s) SELECT %s FROM generateRandom('%s', %d, 20, 3) LIMIT 120 SETTINGS max_partitions_per_insert_block = 0",
		table, strings.Join(names, ", "), strings.Join(values, ", "), strings.ReplaceAll(strings.Join(plain, ", "), "'", "\\'"), seed)
}

func migrated(t *testing.T) (ch.Config, driver.Conn) {
	t.Helper()
	cfg, conn := chtest.Start(t)
	_, err := ch.Migrate(t.Context(), cfg, schemas.Migrations())
	require.NoError(t, err)
	return cfg, conn
}

// sums are a count and a digest of each table's rows, as they are after all merges.
func sums(t *testing.T, conn driver.Conn, tables []string) (all []string) {
	t.Helper()
	for _, table := range tables {
		all = append(all, table+" "+column[string](t, conn, "SELECT toString(count()) || ' ' || toString(groupBitXor(sipHash64(toString(tuple(*))))) FROM `"+table+"` FINAL")[0])
	}
	return all
}

func column[T any](t *testing.T, conn driver.Conn, query string) (list []T) {
	t.Helper()
	rows, err := conn.Query(t.Context(), query)
	require.NoError(t, err, query)
	defer rows.Close()
	for rows.Next() {
		var v T
		require.NoError(t, rows.Scan(&v))
		list = append(list, v)
	}
	require.NoError(t, rows.Err())
	return list
}
