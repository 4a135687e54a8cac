package analytics

import (
	"math/big"
	"time"
)

// supplySeenRow is a row of table supply_seen.
type supplySeenRow struct {
	Height int64     `ch:"height"`
	Time   time.Time `ch:"time"`
	Upokt  *big.Int  `ch:"upokt"`
}

func (*supplySeenRow) Table() string { return "supply_seen" }

// paramSeenRow is a row of table params_seen.
type paramSeenRow struct {
	Module string    `ch:"module"`
	Name   string    `ch:"name"`
	Height int64     `ch:"height"`
	Time   time.Time `ch:"time"`
	Value  string    `ch:"value"`
}

func (*paramSeenRow) Table() string { return "params_seen" }
