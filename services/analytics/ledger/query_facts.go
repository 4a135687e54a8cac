package ledger

import (
	"math/big"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

const sqlSeals = `
SELECT session_id, supplier, logged, mined, filtered, duplicate
FROM sessions FINAL WHERE session_id IN {sessions:Array(String)}`

func (r *reader) seals() {
	r.each("seals", sqlSeals, r.chosen, func(rows driver.Rows) error {
		var key Key
		var s Seal
		if err := rows.Scan(&key.Session, &key.Supplier, &s.Logged, &s.Mined, &s.Filtered, &s.Duplicate); err != nil {
			return err
		}
		if f := r.byKey[key]; f != nil {
			f.Seal = &s
		}
		return nil
	})
}

const sqlObligations = `
SELECT session_id, supplier, outcome, reason, claim_close_height, proof_close_height, claimed_upokt, fee_upokt, claim_tx, proof_tx
FROM obligations FINAL WHERE session_id IN {sessions:Array(String)}`

func (r *reader) obligations() {
	r.each("obligations", sqlObligations, r.chosen, func(rows driver.Rows) error {
		var key Key
		var o Obligation
		var claimed, fee big.Int
		if err := rows.Scan(&key.Session, &key.Supplier, &o.Outcome, &o.Reason, &o.ClaimCloseHeight, &o.ProofCloseHeight,
			&claimed, &fee, &o.ClaimTx, &o.ProofTx); err != nil {
			return err
		}
		o.ClaimedUpokt, o.FeeUpokt = AmountOf(&claimed), AmountOf(&fee)
		if f := r.byKey[key]; f != nil {
			f.Obligation = &o
		}
		return nil
	})
}
