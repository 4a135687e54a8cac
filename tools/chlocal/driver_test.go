package chlocal_test

import (
	"context"
	"fmt"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
)

func TestPingAndVersion(t *testing.T) {
	conn := open(t)
	require.NoError(t, conn.Ping(context.Background()))
	v, err := conn.ServerVersion()
	require.NoError(t, err)
	require.GreaterOrEqual(t, v.Version.Major, uint64(26))
}

// row has a column of every type that the schema uses or may come to use.
type row struct {
	U   uint64            `ch:"u"`
	S   string            `ch:"s"`
	T   time.Time         `ch:"t"`
	D   decimal.Decimal   `ch:"d"`
	U2  *big.Int          `ch:"u2"`
	I1  *big.Int          `ch:"i1"`
	A   []string          `ch:"a"`
	M   map[string]uint64 `ch:"m"`
	L   string            `ch:"l"`
	N   *string           `ch:"n"`
	F   string            `ch:"f"`
	B   bool              `ch:"b"`
	AN  []*int32          `ch:"an"`
	LN  *string           `ch:"ln"`
	F64 float64           `ch:"f64"`
	E   string            `ch:"e"`
}

const rowTable = `CREATE TABLE rows (
	u UInt64, s String, t DateTime64(3, 'UTC'), d Decimal(38, 6), u2 UInt256, i1 Int128, a Array(String),
	m Map(String, UInt64), l LowCardinality(String), n Nullable(String), f FixedString(4), b Bool,
	an Array(Nullable(Int32)), ln LowCardinality(Nullable(String)), f64 Float64, e Enum8('x' = 1, 'y' = 2)
) ENGINE = MergeTree ORDER BY u`

func sampleRow(i int) row {
	seven := int32(7)
	r := row{
		U: uint64(i), S: fmt.Sprintf("line one\n\nline two; '%d' \x00\xff", i),
		T: time.UnixMilli(1_700_000_000_123 + int64(i)).UTC(), D: decimal.New(int64(i)*1_000_001, -6),
		U2: new(big.Int).Lsh(big.NewInt(int64(i+1)), 200), I1: new(big.Int).Neg(new(big.Int).Lsh(big.NewInt(1), 100)),
		A: []string{"a", "", fmt.Sprint(i)}, M: map[string]uint64{"k": uint64(i)}, L: []string{"red", "blue"}[i%2],
		F: "abcd", B: i%2 == 0, AN: []*int32{nil, &seven}, F64: float64(i) / 3, E: "y",
	}
	if i%3 == 0 {
		s := "set"
		r.N, r.LN = &s, &s
	}
	return r
}

// Every type goes in by a batch and comes back the same, under each compression.
func TestTypesRoundTrip(t *testing.T) {
	for _, method := range []clickhouse.CompressionMethod{clickhouse.CompressionNone, clickhouse.CompressionLZ4, clickhouse.CompressionZSTD,
		clickhouse.CompressionGZIP, clickhouse.CompressionDeflate, clickhouse.CompressionBrotli} {
		t.Run(method.String(), func(t *testing.T) {
			conn := open(t, func(o *clickhouse.Options) { o.Compression = &clickhouse.Compression{Method: method, Level: 3} })
			checkTypes(t, conn)
		})
	}
}

func checkTypes(t *testing.T, conn clickhouse.Conn) {
	ctx := context.Background()
	require.NoError(t, conn.Exec(ctx, rowTable))
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO rows")
	require.NoError(t, err)
	var want []row
	for i := range 1000 {
		r := sampleRow(i)
		want = append(want, r)
		require.NoError(t, batch.AppendStruct(&r))
	}
	require.NoError(t, batch.Send())
	var got []row
	require.NoError(t, conn.Select(ctx, &got, "SELECT * FROM rows ORDER BY u"))
	require.Len(t, got, len(want))
	for i := range want {
		requireSameRow(t, want[i], got[i])
	}
}

func requireSameRow(t *testing.T, want, got row) {
	t.Helper()
	require.True(t, want.D.Equal(got.D), "decimal %s, got %s", want.D, got.D)
	require.Zero(t, want.U2.Cmp(got.U2))
	require.Zero(t, want.I1.Cmp(got.I1))
	require.True(t, want.T.Equal(got.T))
	want.D, want.U2, want.I1, want.T = got.D, got.U2, got.I1, got.T
	require.Equal(t, want, got)
}

func TestNamedParameters(t *testing.T) {
	conn := open(t)
	var u uint64
	var s string
	var a []string
	nasty := "tab\t nl\n quote' back\\slash {x:String} ; -- \u00e9"
	err := conn.QueryRow(context.Background(), "SELECT {u:UInt64} + 1, {s:String}, {a:Array(String)}",
		clickhouse.Named("u", uint64(41)), clickhouse.Named("s", nasty), clickhouse.Named("a", []string{"x", "y'z"})).Scan(&u, &s, &a)
	require.NoError(t, err)
	require.Equal(t, uint64(42), u)
	require.Equal(t, nasty, s)
	require.Equal(t, []string{"x", "y'z"}, a)
}

func TestNamedParameterMissing(t *testing.T) {
	conn := open(t)
	err := conn.Exec(context.Background(), "SELECT {u:UInt64}")
	require.Equal(t, int32(456), exceptionCode(t, err))
}

func TestPositionalParameters(t *testing.T) {
	conn := open(t)
	var n uint64
	require.NoError(t, conn.QueryRow(context.Background(), "SELECT count() FROM numbers(100) WHERE number >= ? AND toString(number) != ?", 10, "50").Scan(&n))
	require.Equal(t, uint64(89), n)
}

// Settings of a request reach its statement and no other.
func TestSettingsStayWithTheirRequest(t *testing.T) {
	conn := open(t, func(o *clickhouse.Options) { o.MaxOpenConns, o.MaxIdleConns = 1, 1 })
	with := clickhouse.Context(context.Background(), clickhouse.WithSettings(clickhouse.Settings{"max_block_size": 77, "log_comment": "it's mine"}))
	require.Equal(t, "77 it's mine", readSettings(t, conn, with))
	require.Equal(t, "65409 chlocal", readSettings(t, conn, context.Background()))
	require.NoError(t, conn.Exec(context.Background(), "SET max_block_size = 5"))
	require.Equal(t, "65409 chlocal", readSettings(t, conn, context.Background()))
}

func readSettings(t *testing.T, conn clickhouse.Conn, ctx context.Context) string {
	t.Helper()
	var s string
	require.NoError(t, conn.QueryRow(ctx, `SELECT concat(toString(getSetting('max_block_size')), ' ', splitByChar('/', getSetting('log_comment'))[1])`).Scan(&s))
	return s
}

func TestEmptyResult(t *testing.T) {
	conn := open(t)
	require.NoError(t, conn.Exec(context.Background(), "CREATE TABLE e (x UInt8) ENGINE = Memory"))
	rows, err := conn.Query(context.Background(), "SELECT x FROM e")
	require.NoError(t, err)
	require.False(t, rows.Next())
	require.NoError(t, rows.Err())
}

func TestLargeResultArrivesWhole(t *testing.T) {
	for _, method := range []clickhouse.CompressionMethod{clickhouse.CompressionNone, clickhouse.CompressionLZ4} {
		conn := dial(t, withCompression(options(shared.Addr(), "default"), method))
		rows, err := conn.Query(context.Background(), "SELECT number, toString(number) FROM numbers(1000000)")
		require.NoError(t, err)
		var n, sum uint64
		for rows.Next() {
			var x uint64
			var s string
			require.NoError(t, rows.Scan(&x, &s))
			n, sum = n+1, sum+x
		}
		require.NoError(t, rows.Err())
		require.Equal(t, [2]uint64{1_000_000, 499_999_500_000}, [2]uint64{n, sum})
	}
}

func withCompression(o *clickhouse.Options, method clickhouse.CompressionMethod) *clickhouse.Options {
	o.Compression = &clickhouse.Compression{Method: method}
	return o
}

func TestBatchOf100000(t *testing.T) {
	conn := open(t)
	ctx := context.Background()
	require.NoError(t, conn.Exec(ctx, "CREATE TABLE big (id UInt64, name String) ENGINE = MergeTree ORDER BY id"))
	insertRange(t, conn, ctx, 0, 100_000)
	var n, sum uint64
	require.NoError(t, conn.QueryRow(ctx, "SELECT count(), sum(id) FROM big").Scan(&n, &sum))
	require.Equal(t, uint64(100_000), n)
	require.Equal(t, uint64(4_999_950_000), sum)
}

func insertRange(t testing.TB, conn clickhouse.Conn, ctx context.Context, from, to uint64) {
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO big (id, name)")
	require.NoError(t, err)
	for i := from; i < to; i++ {
		require.NoError(t, batch.Append(i, fmt.Sprintf("name-%d\n\n;", i)))
	}
	require.NoError(t, batch.Send())
}

func TestConcurrentReadersAndWriters(t *testing.T) {
	conn := open(t, func(o *clickhouse.Options) { o.MaxOpenConns, o.MaxIdleConns = 16, 16 })
	ctx := context.Background()
	require.NoError(t, conn.Exec(ctx, "CREATE TABLE big (id UInt64, name String) ENGINE = MergeTree ORDER BY id"))
	var wg sync.WaitGroup
	for w := range uint64(8) {
		wg.Go(func() {
			for i := range uint64(10) {
				at := (w*10 + i) * 100
				insertRange(t, conn, ctx, at, at+100)
				require.GreaterOrEqual(t, count(t, conn, "big"), (i+1)*100)
			}
		})
	}
	wg.Wait()
	var n, distinct uint64
	require.NoError(t, conn.QueryRow(ctx, "SELECT count(), uniqExact(id) FROM big").Scan(&n, &distinct))
	require.Equal(t, [2]uint64{8000, 8000}, [2]uint64{n, distinct})
}

// A batch sent twice under one token is stored once, also behind a
// materialized view: what the ledger's inserts rely on.
func TestDeduplicationToken(t *testing.T) {
	conn := open(t)
	ctx := context.Background()
	require.NoError(t, conn.Exec(ctx, `CREATE TABLE big (id UInt64, name String) ENGINE = ReplacingMergeTree ORDER BY id
		SETTINGS non_replicated_deduplication_window = 1000`))
	require.NoError(t, conn.Exec(ctx, `CREATE TABLE sums (k UInt8, n UInt64) ENGINE = SummingMergeTree ORDER BY k
		SETTINGS non_replicated_deduplication_window = 1000`))
	require.NoError(t, conn.Exec(ctx, "CREATE MATERIALIZED VIEW big_sums TO sums AS SELECT 1 AS k, count() AS n FROM big"))
	for _, token := range []string{"h1", "h1", "h2", "h1", "h2"} {
		with := clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{
			"insert_deduplication_token": token, "deduplicate_blocks_in_dependent_materialized_views": 1}))
		insertRange(t, conn, with, 0, 500)
	}
	require.Equal(t, uint64(1000), count(t, conn, "big"))
	var inView uint64
	require.NoError(t, conn.QueryRow(ctx, "SELECT sum(n) FROM sums").Scan(&inView))
	require.Equal(t, uint64(1000), inView)
}
