package api

// Refusals: relays that were not served. They are in no log and in no claim.
const sqlRefusals = `
SELECT $GROUPS sum(r.relays) AS relays
FROM (SELECT *, until AS time, end_height AS height FROM refusals FINAL WHERE $WHERE) AS r
GROUP BY $BY`

// Earnings by gateway: a claim names none, but the log says which of its leaves each gateway brought. A claim's payments
// are divided by them, rounded so that the parts are the whole: each part ends where the claim's upokt, in the order of the
// gateways' addresses, have come to. What is not in our log is of no gateway.
const sqlGatewayEarnings = `
SELECT $GROUPS count() AS claims, sum(d.leaves) AS relays, toDecimal128(sum(d.settled_part), 0) AS settled_upokt, toDecimal128(sum(d.earned_part), 0) AS earned_upokt
FROM
(
    SELECT s.*, g.gateway AS gateway, g.gateway_by AS gateway_by, g.leaves AS leaves,
        toUInt256(sum(g.leaves) OVER (PARTITION BY s.supplier, s.application, s.service, s.session_end_height)) AS whole,
        toUInt256(sum(g.leaves) OVER (PARTITION BY s.supplier, s.application, s.service, s.session_end_height ORDER BY g.gateway, g.gateway_by
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)) AS upto,
        if(whole = 0, toUInt256(s.settled_upokt), toUInt256(intDiv(s.settled_upokt * upto, greatest(whole, 1)) - intDiv(s.settled_upokt * (upto - leaves), greatest(whole, 1)))) AS settled_part,
        if(whole = 0, toUInt256(s.earned_upokt), toUInt256(intDiv(s.earned_upokt * upto, greatest(whole, 1)) - intDiv(s.earned_upokt * (upto - leaves), greatest(whole, 1)))) AS earned_part
    FROM (SELECT supplier, application, service, session_end_height, session_id, owner, height, time, settled_upokt, earned_upokt FROM settlements FINAL WHERE $WHERE) AS s
    LEFT JOIN
    (
        SELECT supplier, application, service, end_height AS session_end_height, gateway, gateway_by, sum(mined) AS leaves
        FROM relay_hours FINAL WHERE end_height IN (SELECT session_end_height FROM settlements WHERE $WHERE) AND $SAME
        GROUP BY supplier, application, service, session_end_height, gateway, gateway_by HAVING leaves > 0
    ) AS g USING (supplier, application, service, session_end_height)
) AS d
GROUP BY $BY`

// Who signed, who answered, and where: groups and filters of relays and refusals.
var (
	labelGroups = []Group{
		{"gateway", Text, "gateway", "address that signed; empty: not known"},
		{"gateway_by", Text, "gateway_by", "how it is known: ring, because there is no other, or claim, an unsigned header"},
		{"backend", Text, "backend", "name of the backend that answered, or failed"}, {"region", Text, "region", "where the relayer says that it is"},
	}
	labelFilters = []Filter{
		{"gateway", "", "addresses of gateways"}, {"gateway_by", "", "ring or claim"}, {"backend", "", "names of backends"}, {"region", "", "regions"},
	}
)

func refusalRoutes() []*Route {
	return []*Route{
		{
			Path: "/v1/refusals", Summary: "Relays that were not served, by cause", SQL: sqlRefusals, By: []string{"cause"},
			About: "By the time at which the relayer counted them, at intervals. What a request says of itself is kept only where it names a session that the chain has; " +
				"a height is that of its last block, 0: none. backend_status is a backend's own error, signed and free; answered_… failed its check behind the answer of an optimistic service.",
			Groups: with([]Group{{"cause", Text, "cause", "as in lode_relayer_relays_refused_total"}, {"relayer", Text, "relayer", "incarnation of the relayer process"}},
				claimGroups, labelGroups, []Group{{"minute", Time, "toStartOfMinute(time)", "start of the minute, UTC"}}, timeGroups),
			Filters: with(claimFilters, []Filter{{"cause", "", "causes"}, {"relayer", "", "incarnations of relayers"}}, labelFilters),
			Columns: []Column{{"relays", Count, false, ""}},
		},
		{
			Path: "/v1/gateway-earnings", Summary: "Earnings by the gateways that brought the relays", SQL: sqlGatewayEarnings, By: []string{"gateway"}, Prepare: sameClaims,
			About: "A claim names no gateway: its payments are divided by the relays below the difficulty target that each gateway has in our log. " +
				"Without a gateway are claims that are not in our log, and relays of which it is not known. gateway_by claim is what an unsigned header says.",
			Groups:  with(labelGroups[:2], claimGroups, []Group{ownerGroup}, timeGroups),
			Filters: with(claimFilters, []Filter{ownerFilter}),
			Columns: []Column{
				{"claims", Count, false, "settled claims that have relays of it"}, {"relays", Count, false, "of the log, below the target"},
				{"settled_upokt", Amount, false, "its part of what was settled"}, {"earned_upokt", Amount, false, "its part of what was paid to the supplier's side"},
			},
		},
	}
}
