package api

// Applications: the last record that is known, less what settlements have taken since. Below the least stake unbonding begins
// in the middle of a settlement, so that event's stake is not taken as a start.
const sqlApplications = `
WITH (SELECT max(time) FROM blocks) AS now
SELECT a.address AS application, any(a.state) AS state, any(a.services) AS services, any(a.gateways) AS gateways,
    toDecimal128(toInt256(any(a.base)) - sumIf(s.upokt, (s.height, s.event_index) > a.base_at), 0) AS stake_upokt,
    toDecimal128(any(a.spend_limit), 0) AS spend_limit_upokt,
    toDecimal128(sumIf(s.upokt, s.time > now - toIntervalDay({days:UInt32})), 0) AS spent_upokt,
    if(spent_upokt = 0, NULL, greatest(toFloat64(stake_upokt), 0) / (toFloat64(spent_upokt) / {days:UInt32})) AS days_left,
    any(o.claims) AS open_claims, toDecimal128(any(o.upokt), 0) AS open_upokt
FROM
(
    SELECT address, argMaxIf(services, at, known) AS services, argMaxIf(gateways, at, known) AS gateways,
        argMaxIf(stake_upokt, at, known AND what != 'unbonding_begin') AS base, maxIf(at, known AND what != 'unbonding_begin') AS base_at,
        argMaxIf(spend_limit_upokt, at, known) AS spend_limit,
        multiIf(argMax(what, at) IN ('unbonding_end', 'transfer_end'), 'gone', argMaxIf(unstake_end_height, at, known) > 0, 'unbonding', 'staked') AS state
    FROM (SELECT *, (height, event_index) AS at FROM actor_states FINAL WHERE kind = 'application')
    GROUP BY address
) AS a
LEFT JOIN
(
    SELECT application AS address, height, event_index, time, toInt256(settled_upokt) AS upokt FROM settlements FINAL
    UNION ALL
    SELECT application, height, event_index, time, toInt256(upokt) FROM reimbursements FINAL
) AS s USING (address)
LEFT JOIN
(
    SELECT application AS address, count() AS claims, sum(claimed_upokt) AS upokt FROM claims FINAL
    WHERE $FILTER AND (supplier, application, service, session_end_height) NOT IN (SELECT supplier, application, service, session_end_height FROM settlements)
        AND (supplier, application, service, session_end_height) NOT IN
            (SELECT supplier, application, service, session_end_height FROM claim_failures WHERE kind IN ('expired', 'discarded'))
    GROUP BY application
) AS o USING (address)
GROUP BY a.address, a.base_at
HAVING {show:String} = 'all' OR state != 'gone'`

const sqlGateways = `
SELECT g.address AS gateway, g.state AS state, toDecimal128(g.stake, 0) AS stake_upokt, d.applications AS applications
FROM
(
    SELECT address, argMaxIf(stake_upokt, at, known) AS stake,
        multiIf(argMax(what, at) = 'unbonding_end', 'gone', argMaxIf(unstake_end_height, at, known) > 0, 'unbonding', 'staked') AS state
    FROM (SELECT *, (height, event_index) AS at FROM actor_states FINAL WHERE kind = 'gateway')
    GROUP BY address
) AS g
LEFT JOIN
(
    SELECT arrayJoin(gateways) AS address, count() AS applications
    FROM
    (
        SELECT address AS application, argMaxIf(gateways, (height, event_index), known) AS gateways, argMax(what, (height, event_index)) AS last
        FROM actor_states FINAL WHERE kind = 'application' GROUP BY address
    )
    WHERE last NOT IN ('unbonding_end', 'transfer_end') GROUP BY address
) AS d USING (address)
WHERE {show:String} = 'all' OR state != 'gone'`

// sqlSupplierStates are suppliers as they are now; a slash says what it left of a stake.
const sqlSupplierStates = `
SELECT address AS supplier, argMaxIf(owner, at, known) AS owner, argMaxIf(services, at, known) AS services,
    argMaxIf(stake_upokt, at, known OR what = 'slashed') AS stake,
    multiIf(argMax(what, at) = 'unbonding_end', 'gone', argMaxIf(unstake_end_height, at, known) > 0, 'unbonding', 'staked') AS state
FROM (SELECT *, (height, event_index) AS at FROM actor_states FINAL WHERE kind = 'supplier')
GROUP BY address`

// sqlSupplierWork is what suppliers did in a service.
const sqlSupplierWork = `
SELECT supplier, service, count() AS settled, sum(num_relays) AS leaves, sum(estimated_relays) AS estimated, sum(earned_upokt) AS earned
FROM settlements FINAL WHERE $RANGE
GROUP BY supplier, service`

const sqlSuppliers = `
SELECT k.service AS service, k.supplier AS supplier, a.owner AS owner, if(a.state = '', 'unknown', a.state) AS state, toDecimal128(a.stake, 0) AS stake_upokt,
    toBool(has(a.services, k.service)) AS configured, w.settled AS sessions, w.leaves AS relays, w.estimated AS estimated_relays, toDecimal128(w.earned, 0) AS earned_upokt,
    sum(w.estimated) OVER (PARTITION BY k.service) AS all_relays, sum(w.earned) OVER (PARTITION BY k.service) AS all_earned,
    if(all_relays = 0, NULL, w.estimated / all_relays) AS share_of_relays, if(all_earned = 0, NULL, toFloat64(w.earned) / toFloat64(all_earned)) AS share_of_rewards
FROM
(
    SELECT supplier, arrayJoin(services) AS service FROM (` + sqlSupplierStates + `)
    UNION DISTINCT SELECT supplier, service FROM settlements WHERE $RANGE
) AS k
LEFT JOIN (` + sqlSupplierStates + `) AS a ON k.supplier = a.supplier
LEFT JOIN (` + sqlSupplierWork + `) AS w ON k.supplier = w.supplier AND k.service = w.service`

// sqlSuppliersShown filters behind the sums: a share is of all suppliers, whoever is asked for.
const sqlSuppliersShown = `SELECT * EXCEPT (all_relays, all_earned) FROM (` + sqlSuppliers + `) WHERE $FILTER`

// Concentration: the sum of squared shares is 1 for one supplier, 1/n for n equal ones.
const sqlConcentration = `
SELECT service, countIf(configured AND state = 'staked') AS suppliers, countIf(sessions > 0) AS paid, max(share_of_relays) AS largest_share,
    if(countIf(share_of_relays IS NOT NULL) = 0, NULL, sum(share_of_relays * share_of_relays)) AS herfindahl
FROM (` + sqlSuppliers + `) WHERE $FILTER
GROUP BY service`

const sqlOverservicing = `
SELECT $GROUPS count() AS claims, toDecimal128(sum(s.claimed_upokt), 0) AS claimed_upokt, toDecimal128(sum(s.settled_upokt), 0) AS settled_upokt,
    toDecimal128(sum(s.overservicing_loss_upokt), 0) AS lost_upokt, toDecimal128(sum(f.upokt), 0) AS expected_burn_upokt,
    toDecimal128(sum(f.effective_upokt), 0) AS effective_burn_upokt, countIf(f.spend_limit_exceeded) AS by_spend_limit
FROM (SELECT * FROM settlements FINAL WHERE $WHERE AND overservicing_loss_upokt > 0) AS s
LEFT JOIN (SELECT * FROM claim_failures FINAL WHERE kind = 'overserviced') AS f USING (supplier, application, service, session_end_height)
GROUP BY $BY`

// Selection: relays in sessions of several suppliers. Who claims nothing is not known to be in a session.
const sqlSelection = `
SELECT $GROUPS count() AS sessions, sum(s.estimated_relays) AS relays, sum(a.relays) AS all_relays, relays / all_relays AS share,
    sum(a.relays / a.suppliers) / all_relays AS even_share, share / even_share AS evenness
FROM (SELECT * FROM settlements FINAL WHERE $WHERE) AS s
INNER JOIN
(
    SELECT application, service, session_end_height, count() AS suppliers, sum(estimated_relays) AS relays FROM settlements FINAL WHERE $RANGE
    GROUP BY application, service, session_end_height HAVING suppliers > 1 AND relays > 0
) AS a USING (application, service, session_end_height)
GROUP BY $BY`

func actorRoutes() []*Route {
	days := Param{Name: "days", Kind: Count, Default: "7", About: "How many days before the last block are the present rate"}
	show := Param{Name: "show", Kind: Text, Default: "present", Choices: []string{"present", "all"}, About: "all: also those that are gone"}
	return []*Route{
		{
			Path: "/v1/applications", Summary: "Applications: stake now, delegations, spend, days left, and the open claims on it", SQL: sqlApplications,
			NoRange: true, Order: []string{"application"}, Filters: claimFilters[:1], Params: []Param{days, show}, Public: true,
			About: "supplier chooses whose open claims are counted, all applications are listed.",
			Columns: []Column{
				{"application", Text, false, ""}, {"state", Text, false, "staked, unbonding or gone"}, {"services", Texts, false, ""}, {"gateways", Texts, false, "that it delegates to"},
				{"stake_upokt", Signed, false, "now: the last known, less settlements since"}, {"spend_limit_upokt", Amount, false, "for a session; 0: none"}, {"spent_upokt", Amount, false, "in those days, inflation included"},
				{"days_left", Number, true, "at that rate; null: nothing was spent"}, {"open_claims", Count, false, "without an outcome"}, {"open_upokt", Amount, false, "their value"},
			},
		},
		{
			Path: "/v1/gateways", Summary: "Gateways: stake and how many applications delegate to them", SQL: sqlGateways, NoRange: true, Public: true,
			Order: []string{"gateway"}, Params: []Param{show},
			Columns: []Column{{"gateway", Text, false, ""}, {"state", Text, false, "staked, unbonding or gone"}, {"stake_upokt", Amount, false, ""}, {"applications", Count, false, "that delegate to it"}},
		},
		{
			Path: "/v1/suppliers", Summary: "Suppliers of services: stake, sessions, shares of relays and rewards", SQL: sqlSuppliersShown, Public: true,
			Order: []string{"service", "supplier"}, Filters: []Filter{claimFilters[0], claimFilters[2], {"owner", "", "owner addresses"}},
			Columns: []Column{
				{"service", Text, false, ""}, {"supplier", Text, false, ""}, {"owner", Text, false, ""}, {"state", Text, false, "staked, unbonding, gone or unknown"}, {"stake_upokt", Amount, false, ""}, {"configured", Flag, false, "the supplier offers this service now"},
				{"sessions", Count, false, "settled claims in the range"}, {"relays", Count, false, "their leaves"}, {"estimated_relays", Count, false, "scaled by difficulty"}, {"earned_upokt", Amount, false, "paid to its shareholders"},
				{"share_of_relays", Number, true, "of the service's estimated relays"}, {"share_of_rewards", Number, true, "of what the service's suppliers earned"},
			},
		},
		{
			Path: "/v1/concentration", Summary: "How concentrated a service's relays are", SQL: sqlConcentration, Public: true, Order: []string{"service"}, Filters: claimFilters[2:3],
			Columns: []Column{
				{"service", Text, false, ""}, {"suppliers", Count, false, "staked for it now"}, {"paid", Count, false, "with settled claims in the range"}, {"largest_share", Number, true, "of relays"},
				{"herfindahl", Number, true, "sum of squared shares: 1 is one supplier, 1/n is n equal ones"},
			},
		},
		{
			Path: "/v1/overservicing", Summary: "What over-servicing cost", SQL: sqlOverservicing, By: []string{"application"}, Groups: with(claimGroups, timeGroups), Filters: claimFilters,
			About: "Settled claims that the application's stake did not cover. Burns include inflation.",
			Columns: []Column{
				{"claims", Count, false, ""}, {"claimed_upokt", Amount, false, ""}, {"settled_upokt", Amount, false, ""}, {"lost_upokt", Amount, false, "claimed - settled"}, {"expected_burn_upokt", Amount, false, "what the claims would have cost the application"},
				{"effective_burn_upokt", Amount, false, "what it had for them"}, {"by_spend_limit", Count, false, "claims that its own limit cut"},
			},
		},
		{
			Path: "/v1/selection", Summary: "How evenly gateways choose among the suppliers of a session", SQL: sqlSelection, By: []string{"supplier"}, Public: true,
			Groups: with(claimGroups[:3], timeGroups), Filters: claimFilters[:3],
			About: "Sessions with settled claims of several suppliers. evenness 1 is a fair share; a supplier that claimed nothing is not seen.",
			Columns: []Column{
				{"sessions", Count, false, "claims in such sessions"}, {"relays", Count, false, "estimated"}, {"all_relays", Count, false, "of all suppliers of these sessions"}, {"share", Number, false, ""},
				{"even_share", Number, false, "if all had the same"}, {"evenness", Number, false, "share / even_share"},
			},
		},
	}
}
