package analytics

import (
	"time"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/kit/ch"
)

// refusedRow is a row of table refusals: one count of a report.
type refusedRow struct {
	Relayer     string `ch:"relayer"`
	Number      uint64 `ch:"number"`
	SessionID   string `ch:"session_id"`
	Supplier    string `ch:"supplier"`
	Application string `ch:"application"`
	Service     string `ch:"service"`
	EndHeight   int64  `ch:"end_height"`
	Cause       string `ch:"cause"`
	signedBy
	Backend string    `ch:"backend"`
	Region  string    `ch:"region"`
	Until   time.Time `ch:"until"`
	Relays  uint64    `ch:"relays"`
}

func (*refusedRow) Table() string { return "refusals" }

// rowsOfRefused are the counts of a report.
func rowsOfRefused(r *relayv1.Refused) []ch.Row {
	rows := make([]ch.Row, 0, len(r.Counts))
	for _, c := range r.Counts {
		rows = append(rows, &refusedRow{
			Relayer: r.Relayer, Number: r.Number, SessionID: c.SessionId, Supplier: c.Supplier, Application: c.Application,
			Service: c.Service, EndHeight: c.EndHeight, Cause: c.Cause, signedBy: signedBy{c.Gateway, gatewayBy(c.GatewayBy)},
			Backend: c.Backend, Region: r.Region, Until: instant(r.UntilUnixNano), Relays: c.Relays,
		})
	}
	return rows
}
