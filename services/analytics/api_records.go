package analytics

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"reflect"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// records runs a query whose column names are the keys of the answer. Amounts become decimal strings.
func records(ctx context.Context, conn driver.Conn, query string, args ...any) (list []map[string]any, err error) {
	rows, err := conn.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	list = []map[string]any{}
	for rows.Next() {
		values := make([]any, len(rows.Columns()))
		for i, column := range rows.ColumnTypes() {
			values[i] = reflect.New(column.ScanType()).Interface()
		}
		if err := rows.Scan(values...); err != nil {
			return nil, fmt.Errorf("read row: %w", err)
		}
		record := make(map[string]any, len(values))
		for i, name := range rows.Columns() {
			record[name] = plain(reflect.ValueOf(values[i]).Elem().Interface())
		}
		list = append(list, record)
	}
	return list, rows.Err()
}

// plain is a value as JSON shows it.
func plain(v any) any {
	switch n := v.(type) {
	case big.Int:
		return n.String()
	case *big.Int:
		return n.String()
	default:
		return v
	}
}
