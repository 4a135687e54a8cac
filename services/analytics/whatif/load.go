package whatif

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"time"

	"cosmossdk.io/math"
	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"
	"github.com/pokt-network/poktroll/x/shared/types"

	"github.com/lodeworks/lode/services/pocket/claim"
	"github.com/lodeworks/lode/services/pocket/smst"
)

// MaxClaims is the most claims of one Load.
const MaxClaims = 500_000

// ErrTooMany is returned, wrapped, when there are more.
var ErrTooMany = errors.New("too many claims")

// ErrUnknown is returned, wrapped, when the store does not have the terms of a claim.
var ErrUnknown = errors.New("is the chain's state read (snapshot_every)?")

// Load returns the claims that ended at heights from..to, with the terms that were in force for them.
func Load(ctx context.Context, conn driver.Conn, from, to int64) ([]Claim, error) {
	l := &loader{ctx: ctx, conn: conn, params: params{}, targets: targets{}, purses: map[string]*purse{}, first: map[settling]uint32{}}
	l.arg = []any{clickhouse.Named("from", from), clickhouse.Named("to", to), clickhouse.Named("limit", MaxClaims+1)}
	for _, read := range []func(){l.readClaims, l.readParams, l.readUpdates, l.readTargets, l.readRecords, l.readTakings} {
		read()
	}
	if l.err != nil {
		return nil, l.err
	}
	if len(l.claims) > MaxClaims {
		return nil, fmt.Errorf("more than %d claims ended at heights %d to %d: %w", MaxClaims, from, to, ErrTooMany)
	}
	for i := range l.claims {
		if err := l.terms(&l.claims[i]); err != nil {
			return nil, err
		}
	}
	out := make([]Claim, len(l.claims))
	for i, c := range l.claims {
		out[i] = c.Claim
	}
	return out, nil
}

// settling is an application at a settlement height.
type settling struct {
	application string
	height      int64
}

// loaded is a claim and what its terms are found by.
type loaded struct {
	Claim
	estimated uint64 // compute units that the chain estimated
}

type loader struct {
	ctx     context.Context
	conn    driver.Conn
	arg     []any
	claims  []loaded
	params  params
	targets targets
	purses  map[string]*purse
	first   map[settling]uint32 // event of the first settlement
	err     error
}

// each hands the rows of a query to scan, and keeps the first error.
func (l *loader) each(what, query string, scan func(driver.Rows) error) {
	if l.err != nil {
		return
	}
	rows, err := l.conn.Query(l.ctx, query, l.arg...)
	if err == nil {
		for err == nil && rows.Next() {
			err = scan(rows)
		}
		err = errors.Join(err, rows.Close(), rows.Err())
	}
	if err != nil {
		l.err = fmt.Errorf("what-if: read %s: %w", what, err)
	}
}

const sqlClaims = `
SELECT supplier, application, service, session_id, session_end_height, height, time, num_relays, compute_units, estimated_compute_units,
    claimed_upokt, settled_upokt, minted_upokt, earned_upokt, true, event_index
FROM settlements FINAL WHERE height >= {from:Int64} AND height <= {to:Int64}
UNION ALL
SELECT supplier, application, service, '', session_end_height, height, time, num_relays, compute_units, 0,
    toUInt128(0), toUInt128(0), toUInt128(0), toUInt128(0), false, event_index
FROM claim_failures FINAL WHERE kind IN ('expired', 'discarded') AND height >= {from:Int64} AND height <= {to:Int64}
ORDER BY 6, 16 LIMIT {limit:UInt32}`

func (l *loader) readClaims() {
	l.each("claims", sqlClaims, func(rows driver.Rows) error {
		var c loaded
		var at time.Time
		var event uint32
		var claimed, settled, minted, earned big.Int
		err := rows.Scan(&c.Supplier, &c.Application, &c.Service, &c.SessionID, &c.SessionEndHeight, &c.Height, &at, &c.Relays, &c.ComputeUnits,
			&c.estimated, &claimed, &settled, &minted, &earned, &c.Settles, &event)
		c.Day = at.UTC().Format(time.DateOnly)
		c.Actual = Outcome{math.NewIntFromBigInt(&claimed), math.NewIntFromBigInt(&settled), math.NewIntFromBigInt(&minted), math.NewIntFromBigInt(&earned)}
		key := settling{c.Application, c.Height}
		if first, known := l.first[key]; !known || event < first {
			l.first[key] = event
		}
		l.claims = append(l.claims, c)
		return err
	})
}

const sqlParams = `SELECT module, name, height, value FROM params_seen FINAL WHERE module IN ('shared', 'tokenomics', 'proof') ORDER BY height`

func (l *loader) readParams() {
	l.each("parameters", sqlParams, func(rows driver.Rows) error {
		var module, name, value string
		var height int64
		err := rows.Scan(&module, &name, &height, &value)
		l.params.add(module, name, height, value)
		return err
	})
	l.params.sort()
}

const sqlUpdates = `
SELECT module, name, height, value FROM param_updates FINAL WHERE module IN ('shared', 'tokenomics', 'proof') ORDER BY height, tx_index, msg_index, inner`

// readUpdates adds what transactions changed: shared parameters count from the next session on, the others at once.
func (l *loader) readUpdates() {
	l.each("updates of parameters", sqlUpdates, func(rows driver.Rows) error {
		var module, name, value string
		var height int64
		if err := rows.Scan(&module, &name, &height, &value); err != nil {
			return err
		}
		if module == "shared" {
			shared, err := l.params.shared(height)
			if err != nil {
				return err
			}
			height = types.GetNextSessionStartHeight(shared, height)
		}
		l.params.add(module, name, height, value)
		return nil
	})
	l.params.sort()
}

const sqlTargets = `SELECT service, height, previous_target, target FROM difficulties FINAL ORDER BY height, event_index`

func (l *loader) readTargets() {
	l.each("difficulties", sqlTargets, func(rows driver.Rows) error {
		var service, before, after string
		var height int64
		if err := rows.Scan(&service, &height, &before, &after); err != nil {
			return err
		}
		return l.targets.change(service, height, before, after)
	})
	for _, t := range l.targets {
		t.sort()
	}
}

// sqlRecords are the records of the range, and of each application the last before it. It leaves out unbonding that a
// settlement began: it is said in the middle of it.
const sqlRecords = `
SELECT address, at.1 AS h, at.2 AS e, stake, spend
FROM
(
    SELECT address, (height, event_index) AS at, stake_upokt AS stake, spend_limit_upokt AS spend FROM actor_states FINAL
    WHERE kind = 'application' AND known AND what != 'unbonding_begin' AND height >= {from:Int64} AND height <= {to:Int64}
    UNION ALL
    SELECT address, max((height, event_index)), argMax(stake_upokt, (height, event_index)), argMax(spend_limit_upokt, (height, event_index))
    FROM actor_states FINAL WHERE kind = 'application' AND known AND what != 'unbonding_begin' AND height < {from:Int64}
    GROUP BY address
)
ORDER BY h, e`

func (l *loader) readRecords() {
	l.each("applications", sqlRecords, func(rows driver.Rows) error {
		var application string
		var r record
		var stake, limit big.Int
		err := rows.Scan(&application, &r.at.height, &r.at.event, &stake, &limit)
		r.stake, r.limit = math.NewIntFromBigInt(&stake), math.NewIntFromBigInt(&limit)
		p := l.purse(application)
		p.records = append(p.records, r)
		return err
	})
}

const sqlTakings = `
SELECT application, height, min(event_index), sum(upokt)
FROM
(
    SELECT application, height, event_index, settled_upokt AS upokt FROM settlements FINAL WHERE height <= {to:Int64}
    UNION ALL
    SELECT application, height, event_index, upokt FROM reimbursements FINAL WHERE height <= {to:Int64}
)
GROUP BY application, height ORDER BY height`

func (l *loader) readTakings() {
	l.each("what was taken from applications", sqlTakings, func(rows driver.Rows) error {
		var application string
		var first point
		var upokt big.Int
		err := rows.Scan(&application, &first.height, &first.event, &upokt)
		l.purse(application).take(first, math.NewIntFromBigInt(&upokt))
		return err
	})
}

func (l *loader) purse(application string) *purse {
	if l.purses[application] == nil {
		l.purses[application] = &purse{}
	}
	return l.purses[application]
}

// terms fills in what was in force for a claim.
func (l *loader) terms(c *loaded) error {
	atEnd, err := l.params.shared(c.SessionEndHeight)
	if err != nil {
		return err
	}
	start := types.GetSessionStartHeight(atEnd, c.SessionEndHeight)
	atStart, err := l.params.shared(start)
	if err != nil {
		return err
	}
	var proof prooftypes.Params
	if err := errors.Join(l.params.read("tokenomics", c.Height, &c.Params), l.params.read("proof", c.Height, &proof)); err != nil {
		return err
	}
	c.PendingSessions = int64(types.GetNumPendingSessions(atEnd))
	c.Probability, c.Threshold = proof.ProofRequestProbability, math.ZeroInt()
	if proof.ProofRequirementThreshold != nil {
		c.Threshold = proof.ProofRequirementThreshold.Amount
	}
	c.Prices = claim.PricesAt(atStart, l.targets.at(c.Service, start))
	if first := claim.PricesAt(atStart, open); c.Settles && estimate(c, c.Prices) != c.estimated && estimate(c, first) == c.estimated {
		c.Prices = first // before a service's first change, which names as the one before what was in force for nobody
	}
	known, is := l.purse(c.Application).at(point{c.Height, l.first[settling{c.Application, c.Height}]})
	if !is {
		return fmt.Errorf("the stake of application %s before height %d is not known: %w", c.Application, c.Height, ErrUnknown)
	}
	c.Stake, c.SpendLimit = known.stake, known.limit
	return nil
}

// estimate is the compute units that the chain estimates for a claim, 0 when the prices are of no use.
func estimate(c *loaded, p claim.Prices) uint64 {
	root := smst.Digest{}
	binary.BigEndian.PutUint64(root[32:], c.ComputeUnits)
	binary.BigEndian.PutUint64(root[40:], c.Relays)
	worth, err := claim.AmountsOf(root, p)
	if err != nil {
		return 0
	}
	return worth.EstimatedComputeUnits
}
