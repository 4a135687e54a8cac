package main

import (
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/variants"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// board is one dashboard.
type board struct {
	uid, title, about string
	panels            []panel
}

// panel is one of its figures. Its first query says where it asks: all of a panel ask the same.
type panel struct {
	kind    kind
	title   string
	about   string // what it is, and when to worry
	unit    string // of Grafana's
	queries []query
}

// kind is how a panel looks.
type kind int

const (
	lines   kind = iota // over time
	number              // the newest value
	listing             // a table
)

// query is PromQL, or SQL of the tables of analytics.
type query struct {
	expr   string
	sql    string
	legend string
}

// The data sources, by the uids of deploy/grafana/provisioning.
const (
	promUID, promType   = "prometheus", "prometheus"
	storeUID, storeType = "clickhouse", "grafana-clickhouse-datasource"
)

// Sizes on Grafana's grid, 24 wide.
const (
	wide, tall     = 8, 8
	narrow, little = 4, 4
	full           = 24
)

// prom are lines of one PromQL query or several.
func prom(title, unit, about string, queries ...query) panel {
	return panel{kind: lines, title: title, unit: unit, about: about, queries: queries}
}

// now is the newest value of a PromQL query.
func now(title, unit, about, expr string) panel {
	return panel{kind: number, title: title, unit: unit, about: about, queries: []query{{expr: expr}}}
}

// sql are lines of a ClickHouse query: a time, and a column for each line or a label.
func sql(title, unit, about, text string) panel {
	return panel{kind: lines, title: title, unit: unit, about: about, queries: []query{{sql: text}}}
}

// rows is a table of a ClickHouse query.
func rows(title, unit, about, text string) panel {
	return panel{kind: listing, title: title, unit: unit, about: about, queries: []query{{sql: text}}}
}

// q is one line of a panel.
func q(legend, expr string) query { return query{legend: legend, expr: expr} }

// build makes a dashboard of the first schema, which every Grafana reads from a file.
func (b board) build() (dashboard.Dashboard, error) { //nolint:staticcheck // the second is for its API
	d := dashboard.NewDashboardBuilder(b.title). //nolint:staticcheck // as above
							Uid(b.uid).Description(b.about).Tags([]string{"lode"}).
							Refresh("30s").Time("now-6h", "now").Timezone("utc").Readonly().Tooltip(dashboard.DashboardCursorSyncCrosshair)
	for i, p := range b.panels {
		d = d.WithPanel(p.builder(uint32(i + 1)))
	}
	return d.Build()
}

func (p panel) builder(id uint32) cog.Builder[dashboard.Panel] {
	source := common.DataSourceRef{Type: cog.ToPtr(promType), Uid: cog.ToPtr(promUID)}
	if p.queries[0].sql != "" {
		source = common.DataSourceRef{Type: cog.ToPtr(storeType), Uid: cog.ToPtr(storeUID)}
	}
	var targets []cog.Builder[variants.Dataquery]
	for i, q := range p.queries {
		targets = append(targets, q.target(string(rune('A'+i)), p.kind, source))
	}
	switch p.kind {
	case number:
		return stat.NewPanelBuilder().Id(id).Title(p.title).Description(p.about).Unit(p.unit).Datasource(source).Span(narrow).Height(little).Targets(targets)
	case listing:
		return table.NewPanelBuilder().Id(id).Title(p.title).Description(p.about).Unit(p.unit).Datasource(source).Span(full).Height(tall).Targets(targets)
	default:
		return timeseries.NewPanelBuilder().Id(id).Title(p.title).Description(p.about).Unit(p.unit).Datasource(source).Span(wide).Height(tall).
			FillOpacity(5).Min(0).Targets(targets).
			Legend(common.NewVizLegendOptionsBuilder().ShowLegend(true).DisplayMode(common.LegendDisplayModeList).Placement(common.LegendPlacementBottom)).
			Tooltip(common.NewVizTooltipOptionsBuilder().Mode(common.TooltipDisplayModeMulti).Sort(common.SortOrderDescending))
	}
}

func (q query) target(ref string, k kind, source common.DataSourceRef) cog.Builder[variants.Dataquery] {
	if q.sql == "" {
		t := prometheus.NewDataqueryBuilder().RefId(ref).Expr(q.expr).LegendFormat(q.legend).Datasource(source)
		if k == number {
			return t.Instant()
		}
		return t.Range()
	}
	format, kindOf := 0, "timeseries" // the plugin's numbers
	if k == listing {
		format, kindOf = 1, "table"
	}
	return made{variants.UnknownDataquery{
		"refId": ref, "datasource": source, "editorType": "sql", "rawSql": q.sql, "queryType": kindOf, "format": format,
	}}
}

// made is a query that needs no building.
type made struct{ q variants.UnknownDataquery }

func (m made) Build() (variants.Dataquery, error) {
	if m.q["rawSql"] == "" {
		return nil, fmt.Errorf("query %v has no SQL", m.q["refId"])
	}
	return m.q, nil
}
