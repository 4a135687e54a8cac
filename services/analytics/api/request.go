package api

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lodeworks/lode/services/kit/ch"
)

// ErrBadRequest is wrapped by what the caller can mend; its text is shown.
var ErrBadRequest = errors.New("bad request")

// ErrTooMuch is wrapped when an answer would cost more than is allowed.
var ErrTooMuch = errors.New("too much")

// ErrNotFound is wrapped when what was asked for is not in the store.
var ErrNotFound = errors.New("not found")

// Bounds of a request.
const (
	defaultLimit = 100
	maxLimit     = 5000 // rows of a page
	maxText      = 256  // bytes of a value
	maxValues    = 500  // values of a filter
	maxCursor    = 4096 // bytes
)

// The range of times that the store can hold.
var (
	firstTime = time.Unix(0, 0).UTC()
	lastTime  = time.Date(2262, 1, 1, 0, 0, 0, 0, time.UTC)
)

// Query is a request to a route, read and checked.
type Query struct {
	From, To             time.Time // From is in the range, To is not; zero: unbounded
	FromHeight, ToHeight int64     // as From and To, by height; 0: unbounded
	By                   []Group
	Values               map[string][]string // of filters; a token's suppliers are in it
	Params               map[string]string
	Limit                int
	After                []string // values of the ordering columns behind which the page begins
	Format               Format
}

// Number is a parameter of kind Count; 0 when it is absent.
func (q *Query) Number(name string) int64 {
	n, _ := strconv.ParseInt(q.Params[name], 10, 64)
	return n
}

// parser reads parameters and remembers the first bad one.
type parser struct {
	values url.Values
	err    error
}

func (p *parser) bad(name, want string) {
	if p.err == nil {
		p.err = fmt.Errorf("%w: %s must be %s", ErrBadRequest, name, want)
	}
}

// one is a parameter that may be given once.
func (p *parser) one(name, absent string) string {
	list := p.values[name]
	switch {
	case len(list) == 0 || list[0] == "":
		return absent
	case len(list) > 1 || len(list[0]) > maxText:
		p.bad(name, fmt.Sprintf("given once, with at most %d bytes", maxText))
	}
	return list[0]
}

// Parse reads a request to a route.
func (r *Route) Parse(values url.Values) (*Query, error) {
	p := &parser{values: values}
	q := &Query{Values: map[string][]string{}, Params: map[string]string{}}
	r.known(p)
	if !r.NoRange {
		q.From, q.FromHeight = p.bound("from")
		q.To, q.ToHeight = p.bound("to")
	}
	q.By = r.groups(p)
	for _, f := range r.Filters {
		if list := p.list(f.Name); len(list) > 0 {
			q.Values[f.Name] = list
		}
	}
	for _, param := range r.Params {
		q.Params[param.Name] = p.param(param)
	}
	q.Format = p.format(r.Whole != nil)
	q.Limit = p.limit()
	q.After = p.cursor(r, r.orderOf(q))
	return q, p.err
}

// known refuses a parameter that the route does not have: a filter with a typing error would choose everything.
func (r *Route) known(p *parser) {
	names := []string{"format", "limit", "cursor"}
	if !r.NoRange {
		names = append(names, "from", "to")
	}
	if len(r.Groups) > 0 {
		names = append(names, "group_by")
	}
	for _, f := range r.Filters {
		names = append(names, f.Name)
	}
	for _, param := range r.Params {
		names = append(names, param.Name)
	}
	for name := range p.values {
		if !slices.Contains(names, name) && p.err == nil {
			p.err = fmt.Errorf("%w: there is no parameter %.64q here; there are %s", ErrBadRequest, name, strings.Join(names, ", "))
		}
	}
}

// list are all values of a filter.
func (p *parser) list(name string) []string {
	list := p.values[name]
	for _, v := range list {
		if v == "" || len(v) > maxText || len(list) > maxValues {
			p.bad(name, fmt.Sprintf("at most %d values of 1 to %d bytes", maxValues, maxText))
		}
	}
	return list
}

// heightPrefix marks a bound that is a height.
const heightPrefix = "height:"

// bound is an end of a range: a date, an RFC 3339 time, seconds since 1970, or height:N.
func (p *parser) bound(name string) (at time.Time, height int64) {
	v := p.one(name, "")
	if v == "" {
		return at, 0
	}
	if digits, is := strings.CutPrefix(v, heightPrefix); is {
		if n, err := strconv.ParseInt(digits, 10, 64); err == nil && n > 0 {
			return at, n
		}
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339Nano} {
		if t, err := time.Parse(layout, v); err == nil && inRange(t) {
			return t.UTC(), 0
		}
	}
	if n, err := strconv.ParseInt(v, 10, 64); err == nil && inRange(time.Unix(n, 0)) {
		return time.Unix(n, 0).UTC(), 0
	}
	p.bad(name, "a date, an RFC 3339 time, seconds since 1970, or height:N")
	return at, 0
}

func inRange(t time.Time) bool { return !t.Before(firstTime) && !t.After(lastTime) }

// groups are the chosen ones, or those of the route.
func (r *Route) groups(p *parser) (by []Group) {
	if len(r.Groups) == 0 {
		return nil
	}
	for _, name := range strings.Split(p.one("group_by", strings.Join(r.By, ",")), ",") {
		g, is := r.group(name)
		if !is || slices.ContainsFunc(by, func(o Group) bool { return o.Name == name }) {
			p.bad("group_by", "some of "+strings.Join(r.groupNames(), ", ")+", each once, with commas between them")
			return nil
		}
		by = append(by, g)
	}
	return by
}

// param is one of a route's own parameters.
func (p *parser) param(param Param) string {
	v := p.one(param.Name, param.Default)
	if v == "" {
		if param.Required {
			p.bad(param.Name, "given")
		}
		return v
	}
	switch {
	case len(param.Choices) > 0 && !slices.Contains(param.Choices, v):
		p.bad(param.Name, "one of "+strings.Join(param.Choices, ", "))
	case param.Kind == Count:
		if n, err := strconv.ParseInt(v, 10, 64); err != nil || n < 0 {
			p.bad(param.Name, "an integer of 0 or more")
		}
	case param.Kind == Number:
		if n, err := strconv.ParseFloat(v, 64); err != nil || n != n {
			p.bad(param.Name, "a number")
		}
	}
	return v
}

func (p *parser) format(whole bool) Format {
	name := p.one("format", Formats[0].Name)
	for _, f := range Formats {
		if f.Name == name && (!whole || f.Name == Formats[0].Name) {
			return f
		}
	}
	if whole {
		p.bad("format", "json")
	} else {
		p.bad("format", "json, csv, parquet or arrow")
	}
	return Formats[0]
}

func (p *parser) limit() int {
	n, err := strconv.Atoi(p.one("limit", strconv.Itoa(defaultLimit)))
	if err != nil || n < 1 || n > maxLimit {
		p.bad("limit", fmt.Sprintf("1 to %d", maxLimit))
	}
	return n
}

// cursor is where the page before ended, as values that the store can compare the ordering columns with.
func (p *parser) cursor(r *Route, columns []string) (after []string) {
	v := p.values.Get("cursor")
	if v == "" {
		return nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(v)
	ok := err == nil && len(v) <= maxCursor && json.Unmarshal(raw, &after) == nil && len(after) == len(columns)
	for i := 0; ok && i < len(columns); i++ {
		after[i], ok = comparable(r.column(columns[i]).Kind, after[i])
	}
	if !ok {
		p.bad("cursor", "next_cursor of the page before")
		return nil
	}
	return after
}

// comparable is a value of an answer as the store reads it.
func comparable(k Kind, value string) (string, bool) {
	switch k {
	case Count, Integer:
		_, err := strconv.ParseInt(value, 10, 64)
		return value, err == nil
	case Number:
		_, err := strconv.ParseFloat(value, 64)
		return value, err == nil
	case Amount, Signed:
		_, ok := new(big.Int).SetString(value, 10)
		return value, ok && len(value) < 38
	case Day:
		_, err := time.Parse(time.DateOnly, value)
		return value, err == nil
	case Time:
		t, err := time.Parse(time.RFC3339Nano, value)
		return ch.Moment(t), err == nil
	default:
		return ch.Text(value), true
	}
}

func encodeCursor(values []string) string {
	raw, _ := json.Marshal(values)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// orderOf are the columns by which the answer is ordered.
func (r *Route) orderOf(q *Query) []string {
	if len(r.Groups) == 0 {
		return r.Order
	}
	names := make([]string, len(q.By))
	for i, g := range q.By {
		names[i] = g.Name
	}
	return names
}

// SQL is the query of a request, whole or one page and a row, and the values that it names.
func (r *Route) sql(q *Query) (string, map[string]string) {
	args := map[string]string{}
	for name, value := range q.Params {
		args[name] = ch.Text(value)
	}
	in, filter := q.ranged(args), r.filters(q, args)
	var groups, by []string
	for _, g := range q.By {
		groups, by = append(groups, g.Expr+" AS "+g.Name), append(by, g.Name)
	}
	text := r.SQL
	if r.Prepare != nil {
		text = r.Prepare(text, q)
	}
	text = strings.NewReplacer("$GROUPS", strings.Join(groups, ", ")+",", "$BY", strings.Join(by, ", "),
		"$RANGE", in, "$FILTER", filter, "$WHERE", in+" AND "+filter).Replace(text)
	return "SELECT * FROM (" + text + ") AS answer" + r.page(q, args), args
}

// ranged is the condition on time and height.
func (q *Query) ranged(args map[string]string) string {
	parts := []string{"true"}
	add := func(is bool, name, condition, value string) {
		if is {
			args[name] = value
			parts = append(parts, condition)
		}
	}
	add(!q.From.IsZero(), "from", "time >= {from:DateTime64(9, 'UTC')}", ch.Moment(q.From))
	add(!q.To.IsZero(), "to", "time < {to:DateTime64(9, 'UTC')}", ch.Moment(q.To))
	add(q.FromHeight > 0, "from_height", "height >= {from_height:Int64}", strconv.FormatInt(q.FromHeight, 10))
	add(q.ToHeight > 0, "to_height", "height < {to_height:Int64}", strconv.FormatInt(q.ToHeight, 10))
	return "(" + strings.Join(parts, " AND ") + ")"
}

// filters is the condition on the filters that were given.
func (r *Route) filters(q *Query, args map[string]string) string {
	parts := []string{"true"}
	for _, f := range r.Filters {
		list := q.Values[f.Name]
		if len(list) == 0 {
			continue
		}
		expr := f.Expr
		if expr == "" {
			expr = f.Name
		}
		args["only_"+f.Name] = ch.List(list)
		parts = append(parts, expr+" IN {only_"+f.Name+":Array(String)}")
	}
	return "(" + strings.Join(parts, " AND ") + ")"
}

// page is the order of the rows, and for JSON also where the page begins, and one row more than it has: so that it is
// known whether there is another page.
func (r *Route) page(q *Query, args map[string]string) string {
	columns := r.orderOf(q)
	direction, behind := "", " > "
	if r.Newest {
		direction, behind = " DESC", " < "
	}
	where, order := "", []string{}
	if len(q.After) > 0 {
		values := make([]string, len(columns))
		for i, name := range columns {
			arg := "after_" + strconv.Itoa(i)
			args[arg] = q.After[i]
			values[i] = "{" + arg + ":" + r.column(name).Kind.store() + "}"
		}
		where = " WHERE (" + strings.Join(columns, ", ") + ")" + behind + "(" + strings.Join(values, ", ") + ")"
	}
	for _, name := range columns {
		order = append(order, name+direction)
	}
	text := where + " ORDER BY " + strings.Join(order, ", ")
	if q.Format.Name == "json" {
		text += " LIMIT " + strconv.Itoa(q.Limit+1)
	}
	return text
}
