// Package ledger says, for each session and supplier, what became of every relay that was answered:
//
//	served = logged = mined + filtered + duplicate + late
//	                  mined = claimed = settled
//	claimed upokt = settled + overservicing loss        settled upokt = minted + deflation loss
//
// Served is counted by the relayers' own numbers, logged by the entries of the relay log, mined, filtered and
// duplicate by the sealed fact and once more, independently, from the log's rows; claimed and settled by the chain's
// own events. No figure is taken from another one, so each sign of equality can fail, and what is missing on one side
// is a Residue with a cause. docs/ledger.md draws the picture.
//
// Settle is the equation and pure; Query feeds it from ClickHouse. Relays and compute units are counts, amounts are
// whole upokt; nothing is rounded.
package ledger
