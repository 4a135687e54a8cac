package treasury

import (
	"fmt"
	"time"

	"cosmossdk.io/math"
	"cosmossdk.io/x/feegrant"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/gogoproto/proto"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"
)

const grantPeriod = 24 * time.Hour

// Grant lets an operator pay the fees of its claims and proofs out of another account, up to so many upokt in 24 hours:
// whoever steals its key can take no more.
func Grant(granter, operator string, perDay uint64, now time.Time) (proto.Message, error) {
	limit := sdk.NewCoins(sdk.NewCoin(Denom, math.NewIntFromUint64(perDay)))
	period, err := codectypes.NewAnyWithValue(&feegrant.PeriodicAllowance{
		Period: grantPeriod, PeriodSpendLimit: limit, PeriodCanSpend: limit, PeriodReset: now.Add(grantPeriod),
	})
	if err != nil {
		return nil, fmt.Errorf("pack allowance: %w", err)
	}
	claims := []string{"/" + proto.MessageName(&prooftypes.MsgCreateClaim{}), "/" + proto.MessageName(&prooftypes.MsgSubmitProof{})}
	allowance, err := codectypes.NewAnyWithValue(&feegrant.AllowedMsgAllowance{Allowance: period, AllowedMessages: claims})
	if err != nil {
		return nil, fmt.Errorf("pack allowance: %w", err)
	}
	return &feegrant.MsgGrantAllowance{Granter: granter, Grantee: operator, Allowance: allowance}, nil
}
