package chlocal_test

import (
	"context"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/require"
)

// BenchmarkInsert sends batches of 100,000 rows of an id and a short string.
func BenchmarkInsert(b *testing.B) {
	for _, m := range []clickhouse.CompressionMethod{clickhouse.CompressionNone, clickhouse.CompressionLZ4} {
		b.Run(m.String(), func(b *testing.B) {
			conn := open(b, func(o *clickhouse.Options) { withCompression(o, m) })
			require.NoError(b, conn.Exec(context.Background(), "CREATE TABLE big (id UInt64, name String) ENGINE = MergeTree ORDER BY id"))
			const rows = 100_000
			for i := uint64(0); b.Loop(); i++ {
				insertRange(b, conn, context.Background(), i*rows, (i+1)*rows)
			}
			b.ReportMetric(float64(b.N*rows)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkPointQuery reads one row of a million by its key.
func BenchmarkPointQuery(b *testing.B) {
	conn := open(b)
	ctx := context.Background()
	require.NoError(b, conn.Exec(ctx, "CREATE TABLE big (id UInt64, name String) ENGINE = MergeTree ORDER BY id"))
	require.NoError(b, conn.Exec(ctx, "INSERT INTO big SELECT number, toString(number) FROM numbers(1000000)"))
	var name string
	for b.Loop() {
		require.NoError(b, conn.QueryRow(ctx, "SELECT name FROM big WHERE id = ?", 777_777).Scan(&name))
	}
}
