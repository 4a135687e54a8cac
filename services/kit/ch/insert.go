package ch

import (
	"context"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Row is a pointer to a struct with a `ch` tag on every field: the columns of its table that it fills.
type Row interface {
	Table() string
}

// Insert writes the rows, one INSERT for each table in the order of first appearance, and returns when all are
// acknowledged. The rows of a table are of one type. After an error some tables may have their rows: insert all again, the
// tables replace equal keys.
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
	list := columnsOf(reflect.TypeOf(rows[0]).Elem())
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO "+table+" ("+list.names+")")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil && !batch.IsSent() {
			_ = batch.Abort()
		}
	}()
	for i, column := range list.columns {
		if err := batch.Column(i).Append(column.values(rows)); err != nil {
			return fmt.Errorf("column %s: %w", column.name, err)
		}
	}
	return batch.Send()
}

// column is a field of a row type.
type column struct {
	name string
	typ  reflect.Type
	path []int // of field numbers, through embedded structs
}

// field is the column's field of a row.
func (c column) field(row Row) reflect.Value {
	field := reflect.ValueOf(row).Elem()
	for _, n := range c.path {
		field = field.Field(n)
	}
	return field
}

// values are a column of the rows, as a slice of the field's type.
func (c column) values(rows []Row) any {
	if gather, usual := gathers[c.typ]; usual {
		return gather(c, rows)
	}
	values := reflect.MakeSlice(reflect.SliceOf(c.typ), len(rows), len(rows))
	for i, row := range rows {
		values.Index(i).Set(c.field(row))
	}
	return values.Interface()
}

// gathers are values for the types that most columns have, several times as fast.
var gathers = map[reflect.Type]func(column, []Row) any{
	reflect.TypeFor[string](): gather[string], reflect.TypeFor[bool](): gather[bool],
	reflect.TypeFor[uint32](): gather[uint32], reflect.TypeFor[uint64](): gather[uint64],
	reflect.TypeFor[int32](): gather[int32], reflect.TypeFor[int64](): gather[int64],
	reflect.TypeFor[time.Time](): gather[time.Time], reflect.TypeFor[*big.Int](): gather[*big.Int],
}

func gather[T any](c column, rows []Row) any {
	values := make([]T, len(rows))
	for i, row := range rows {
		values[i] = *c.field(row).Addr().Interface().(*T)
	}
	return values
}

// columnList is what a row type fills.
type columnList struct {
	names   string // in SQL
	columns []column
}

// lists remembers the columns of each row type.
var lists sync.Map // reflect.Type → *columnList

// columnsOf finds the tagged fields of a row type, embedded structs included.
func columnsOf(t reflect.Type) *columnList {
	if list, ok := lists.Load(t); ok {
		return list.(*columnList)
	}
	list := &columnList{columns: fields(t, nil)}
	names := make([]string, len(list.columns))
	for i, c := range list.columns {
		names[i] = "`" + c.name + "`"
	}
	list.names = strings.Join(names, ", ")
	lists.Store(t, list)
	return list
}

func fields(t reflect.Type, path []int) (all []column) {
	for i := range t.NumField() {
		field := t.Field(i)
		at := slices.Concat(path, []int{i})
		if field.Anonymous {
			all = append(all, fields(field.Type, at)...)
		} else if tag := field.Tag.Get("ch"); tag != "" && tag != "-" {
			all = append(all, column{tag, field.Type, at})
		}
	}
	return all
}
