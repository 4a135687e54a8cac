package analytics

import (
	"fmt"
	"math"
	"net/url"
	"strconv"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Bounds of a page and of a text parameter.
const (
	defaultLimit = 100
	maxLimit     = 500
	maxText      = 128
)

// params reads a request's parameters and remembers the first bad one.
type params struct {
	values url.Values
	err    error
}

func (p *params) bad(name, want string) {
	if p.err == nil {
		p.err = fmt.Errorf("%w: %s must be %s", errBadRequest, name, want)
	}
}

// text is a short parameter; empty when it is absent.
func (p *params) text(name string) string {
	v := p.values.Get(name)
	if len(v) > maxText {
		p.bad(name, fmt.Sprintf("at most %d bytes", maxText))
	}
	return v
}

// texts are all values of a parameter.
func (p *params) texts(name string) []string {
	list := p.values[name]
	if len(list) > maxLimit {
		p.bad(name, fmt.Sprintf("given at most %d times", maxLimit))
	}
	for _, v := range list {
		if len(v) > maxText {
			p.bad(name, fmt.Sprintf("at most %d bytes", maxText))
		}
	}
	return list
}

// integer is a parameter of 0 or more.
func (p *params) integer(name string, absent int64) int64 {
	v := p.values.Get(name)
	if v == "" {
		return absent
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < 0 {
		p.bad(name, "an integer of 0 or more")
		return absent
	}
	return n
}

// moment is a date, an RFC 3339 time, or seconds since 1970.
func (p *params) moment(name string, absent time.Time) time.Time {
	v := p.values.Get(name)
	if v == "" {
		return absent
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339Nano} {
		if t, err := time.Parse(layout, v); err == nil && p.inRange(t) {
			return t
		}
	}
	if n, err := strconv.ParseInt(v, 10, 64); err == nil && p.inRange(time.Unix(n, 0)) {
		return time.Unix(n, 0)
	}
	p.bad(name, "a date, an RFC 3339 time, or seconds since 1970")
	return absent
}

// The range of times that the store can hold.
var (
	firstTime = time.Unix(0, 0).UTC()
	lastTime  = time.Unix(0, math.MaxInt64).UTC().Truncate(time.Second)
)

func (p *params) inRange(t time.Time) bool { return !t.Before(firstTime) && !t.After(lastTime) }

// one is a parameter that must be one of the keys of choices; it returns the choice.
func (p *params) one(name string, choices map[string]string, words string) string {
	choice, ok := choices[p.values.Get(name)]
	if !ok {
		p.bad(name, words)
	}
	return choice
}

// span are the query parameters from, to and suppliers.
func (p *params) span() []any {
	suppliers := p.texts("supplier")
	if suppliers == nil {
		suppliers = []string{}
	}
	return []any{
		clickhouse.DateNamed("from", p.moment("from", firstTime), clickhouse.NanoSeconds),
		clickhouse.DateNamed("to", p.moment("to", lastTime), clickhouse.NanoSeconds),
		clickhouse.Named("suppliers", suppliers),
	}
}

// page is a part of a list.
type page struct{ limit, offset int }

func (p *params) page() page {
	limit, offset := p.integer("limit", defaultLimit), p.integer("offset", 0)
	if limit < 1 || limit > maxLimit {
		p.bad("limit", fmt.Sprintf("1 to %d", maxLimit))
	}
	if offset > math.MaxInt32 {
		p.bad("offset", "smaller")
	}
	return page{limit: int(limit), offset: int(offset)}
}

// args are the query parameters limit and offset.
func (p page) args() []any {
	return []any{clickhouse.Named("limit", p.limit), clickhouse.Named("offset", p.offset)}
}

// list is the answer for a page of rows, of which there are n.
func (p page) list(rows any, n int) map[string]any {
	body := map[string]any{"rows": rows}
	if n == p.limit {
		body["next_offset"] = p.offset + n
	}
	return body
}
