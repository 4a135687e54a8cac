package ledger

import (
	"math/big"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// sqlClaimKeys narrows a table of chain events to the chosen sessions; byClaim then picks the exact keys.
const sqlClaimKeys = ` WHERE supplier IN {suppliers:Array(String)} AND session_end_height IN {ends:Array(Int64)}`

// scanClaim reads a claim's natural key and then dest; it returns nil for a claim of a session that was not chosen.
func (r *reader) scanClaim(rows driver.Rows, dest ...any) (*Facts, error) {
	var key claimKey
	err := rows.Scan(append([]any{&key.supplier, &key.application, &key.service, &key.end}, dest...)...)
	return r.byClaim[key], err
}

const sqlClaims = `
SELECT supplier, application, service, session_end_height, num_relays, compute_units, claimed_upokt
FROM claims FINAL` + sqlClaimKeys

func (r *reader) claims() {
	r.each("claims", sqlClaims, r.chosen, func(rows driver.Rows) error {
		var c Claim
		var claimed big.Int
		f, err := r.scanClaim(rows, &c.Relays, &c.ComputeUnits, &claimed)
		if f != nil {
			c.Upokt = AmountOf(&claimed)
			f.Claim = &c
		}
		return err
	})
}

const sqlSettlements = `
SELECT supplier, application, service, session_end_height, num_relays, compute_units, height,
    claimed_upokt, settled_upokt, minted_upokt, overservicing_loss_upokt, deflation_loss_upokt, earned_upokt
FROM settlements FINAL` + sqlClaimKeys

func (r *reader) settlements() {
	r.each("settlements", sqlSettlements, r.chosen, func(rows driver.Rows) error {
		var s Settlement
		var claimed, settled, minted, over, deflation, earned big.Int
		f, err := r.scanClaim(rows, &s.Relays, &s.ComputeUnits, &s.Height, &claimed, &settled, &minted, &over, &deflation, &earned)
		if f != nil {
			s.Upokt, s.SettledUpokt, s.MintedUpokt = AmountOf(&claimed), AmountOf(&settled), AmountOf(&minted)
			s.OverserviceUpokt, s.DeflationUpokt, s.EarnedUpokt = AmountOf(&over), AmountOf(&deflation), AmountOf(&earned)
			f.Settlement = &s
		}
		return err
	})
}

const sqlFailures = `
SELECT supplier, application, service, session_end_height, kind, reason, height, num_relays, compute_units, upokt
FROM claim_failures FINAL` + sqlClaimKeys + ` AND kind IN ('expired', 'discarded')`

func (r *reader) failures() {
	r.each("failures", sqlFailures, r.chosen, func(rows driver.Rows) error {
		var failure Failure
		var claimed big.Int
		f, err := r.scanClaim(rows, &failure.Kind, &failure.Reason, &failure.Height, &failure.Relays, &failure.ComputeUnits, &claimed)
		if f != nil {
			failure.Upokt = AmountOf(&claimed)
			f.Failure = &failure
		}
		return err
	})
}
