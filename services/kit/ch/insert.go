package ch

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Row is a pointer to a struct with a `ch` tag on every field: the columns of its table that it fills.
type Row interface {
	Table() string
}

// Insert writes the rows, one INSERT for each table in the order of first appearance, and returns when all are
// acknowledged. After an error some tables may have their rows: insert all again, the tables replace equal keys.
func Insert(ctx context.Context, conn driver.Conn, rows []Row) error {
	var order []string
	byTable := map[string][]Row{}
	for _, row := range rows {
		table := row.Table()
		if _, seen := byTable[table]; !seen {
			order = append(order, table)
		}
		byTable[table] = append(byTable[table], row)
	}
	for _, table := range order {
		if err := insertTable(ctx, conn, table, byTable[table]); err != nil {
			return fmt.Errorf("insert %d rows into %s: %w", len(byTable[table]), table, err)
		}
	}
	return nil
}

func insertTable(ctx context.Context, conn driver.Conn, table string, rows []Row) (err error) {
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO "+table+" ("+columns(rows[0])+")")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil && !batch.IsSent() {
			_ = batch.Abort()
		}
	}()
	for _, row := range rows {
		if err := batch.AppendStruct(row); err != nil {
			return err
		}
	}
	return batch.Send()
}

// lists remembers the column list of each row type.
var lists sync.Map // reflect.Type → string

// columns returns the tagged fields of a row, embedded structs included, as a column list.
func columns(row Row) string {
	t := reflect.TypeOf(row).Elem()
	if list, ok := lists.Load(t); ok {
		return list.(string)
	}
	list := strings.Join(tags(t), ", ")
	lists.Store(t, list)
	return list
}

func tags(t reflect.Type) (names []string) {
	for i := range t.NumField() {
		field := t.Field(i)
		if field.Anonymous {
			names = append(names, tags(field.Type)...)
		} else if tag := field.Tag.Get("ch"); tag != "" && tag != "-" {
			names = append(names, "`"+tag+"`")
		}
	}
	return names
}
