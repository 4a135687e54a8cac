package api

import (
	"context"
	"net/http"
	"strings"
)

// Kind is what a value of an answer or a parameter is.
type Kind int

// The kinds.
const (
	Text    Kind = iota // string
	Count               // integer of 0 or more
	Integer             // integer
	Number              // floating point
	Amount              // whole upokt: in JSON a decimal string, else a decimal number
	Signed              // as Amount; it can be negative
	Time                // RFC 3339 in JSON
	Day                 // date
	Flag                // true or false
	Texts               // list of strings
)

// store is the type that the store compares a kind with, when a page goes on behind a value of it.
func (k Kind) store() string {
	switch k {
	case Count, Integer:
		return "Int64"
	case Time:
		return "DateTime64(9, 'UTC')"
	case Day:
		return "Date"
	case Number:
		return "Float64"
	case Amount, Signed:
		return "Decimal(38, 0)"
	default:
		return "String"
	}
}

// Column is one value of each row of an answer.
type Column struct {
	Name  string
	Kind  Kind
	Null  bool // it can be null: nothing is known
	About string
}

// Group is something that rows can be summed by.
type Group struct {
	Name  string
	Kind  Kind
	Expr  string // SQL over the columns of the route's facts
	About string
}

// Filter is something that rows can be chosen by: any of the values that are given.
type Filter struct {
	Name  string // also the column's name in the facts, unless Expr says otherwise
	Expr  string
	About string
}

// Param is any other parameter.
type Param struct {
	Name     string
	Kind     Kind
	About    string
	Default  string
	Choices  []string // empty: any value of the kind
	Required bool
}

// Route is one question. Its SQL is over facts in a range; these words in it are replaced:
//
//	$GROUPS  "expression AS name, …" of the chosen groups; with a comma behind it
//	$BY      names of the chosen groups
//	$RANGE   the request's range of time and height, over the columns named time and height
//	$WHERE   $RANGE and the filters
//	$FILTER  the filters alone
type Route struct {
	Path    string
	Summary string
	About   string // more of it, for the document
	SQL     string
	Groups  []Group  // empty: rows are not summed
	By      []string // default groups
	Filters []Filter
	Params  []Param
	Columns []Column
	Order   []string // columns that order the rows of a route without groups, and name each of them
	Newest  bool     // the greatest comes first
	NoRange bool     // from and to mean nothing
	// Lacks, when there is one, is SQL for how many of the rows that are asked for the store no longer has, as expired.
	Lacks  string
	Public bool // facts of the chain that every token may see
	// Prepare, when there is one, changes the SQL by the request, for instance which table it reads.
	Prepare func(sql string, q *Query) string
	// Whole, when there is one, answers instead of SQL.
	Whole func(ctx context.Context, r *http.Request, q *Query) (any, error)
}

// Format is how an answer is written.
type Format struct {
	Name  string // in the parameter format
	Store string // ClickHouse's name
	Type  string // of the HTTP answer
}

// Formats of answers; JSON comes in pages, the others whole.
var Formats = []Format{
	{"json", "JSONEachRow", "application/json"},
	{"csv", "CSVWithNames", "text/csv; charset=utf-8"},
	{"parquet", "Parquet", "application/vnd.apache.parquet"},
	{"arrow", "Arrow", "application/vnd.apache.arrow.file"},
}

// group finds a group by name.
func (r *Route) group(name string) (Group, bool) {
	for _, g := range r.Groups {
		if g.Name == name {
			return g, true
		}
	}
	return Group{}, false
}

// column finds a column of an answer by name, those of groups included.
func (r *Route) column(name string) Column {
	for _, c := range r.Columns {
		if c.Name == name {
			return c
		}
	}
	g, _ := r.group(name)
	return Column{Name: name, Kind: g.Kind, About: g.About}
}

// groupNames are the names of all groups.
func (r *Route) groupNames() []string {
	names := make([]string, len(r.Groups))
	for i, g := range r.Groups {
		names[i] = g.Name
	}
	return names
}

// Name is the route's path as a word.
func (r *Route) Name() string {
	return strings.Trim(strings.NewReplacer("/v1/", "", "/", "_", "-", "_", "{", "", "}", "").Replace(r.Path), "_")
}

// ofSuppliers tells whether the rows are of suppliers, so that a token can be kept to its own.
func (r *Route) ofSuppliers() bool {
	for _, f := range r.Filters {
		if f.Name == "supplier" {
			return true
		}
	}
	return false
}
