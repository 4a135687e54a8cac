package analytics

import (
	"math/big"

	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"

	"github.com/lodeworks/lode/services/kit/ch"
)

// shareRow is a row of table reward_shares: one payment of one settled claim.
type shareRow struct {
	claimKey
	origin
	SessionID    string   `ch:"session_id"`
	ShareIndex   uint32   `ch:"share_index"`
	Recipient    string   `ch:"recipient"`
	OpReason     int32    `ch:"op_reason"`
	OpReasonName string   `ch:"op_reason_name"`
	Upokt        *big.Int `ch:"upokt"`
}

func (*shareRow) Table() string { return "reward_shares" }

// rowsOfShares are the payments of a settlement in the event's order.
func rowsOfShares(of *settlementRow, shares []tokenomicstypes.RewardDistributionDetail) ([]ch.Row, error) {
	var read amounts
	rows := make([]ch.Row, 0, len(shares))
	for i, share := range shares {
		rows = append(rows, &shareRow{
			claimKey: of.claimKey, origin: of.origin, SessionID: of.SessionID, ShareIndex: uint32(i),
			Recipient: share.RecipientAddress, OpReason: int32(share.OpReason), OpReasonName: share.OpReason.String(),
			Upokt: read.upokt("reward amount", share.Amount),
		})
	}
	return rows, read.err
}

// sumsOf is what the payments of a settlement are together: to the supplier's shareholders, who are paid for reasons 4 and 7,
// and to anybody.
func sumsOf(shares []ch.Row) (earned, paid *big.Int) {
	earned, paid = new(big.Int), new(big.Int)
	for _, row := range shares {
		share := row.(*shareRow)
		paid.Add(paid, share.Upokt)
		if share.OpReason == 4 || share.OpReason == 7 {
			earned.Add(earned, share.Upokt)
		}
	}
	return earned, paid
}
