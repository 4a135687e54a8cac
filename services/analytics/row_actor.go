package analytics

import (
	"math"
	"math/big"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	apptypes "github.com/pokt-network/poktroll/x/application/types"
	gatewaytypes "github.com/pokt-network/poktroll/x/gateway/types"
	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
)

// actorRow is a row of table actor_states: a supplier, application or gateway at one point of the chain.
type actorRow struct {
	Kind    string `ch:"kind"`
	Address string `ch:"address"`
	origin
	What               string   `ch:"what"`
	Known              bool     `ch:"known"`
	Owner              string   `ch:"owner"`
	StakeUpokt         *big.Int `ch:"stake_upokt"`
	Services           []string `ch:"services"`
	Gateways           []string `ch:"gateways"`
	SpendLimitUpokt    *big.Int `ch:"spend_limit_upokt"`
	UnstakeEndHeight   int64    `ch:"unstake_end_height"`
	UnbondingEndHeight int64    `ch:"unbonding_end_height"`
	Other              string   `ch:"other"`
	Reason             string   `ch:"reason"`
}

func (*actorRow) Table() string { return "actor_states" }

// What an actorRow can be about, and what it says of a state that was read.
const (
	kindSupplier    = "supplier"
	kindApplication = "application"
	kindGateway     = "gateway"
	seen            = "seen"
)

// afterBlock stands behind every event of a height: the state after the block.
const afterBlock = math.MaxUint32

// seenAt is the origin of a state that was read.
func seenAt(height int64, at time.Time) origin {
	return origin{Height: height, EventIndex: afterBlock, Time: at.UTC()}
}

// actor starts a row that knows nothing but its subject.
func actor(kind, address, what string, at origin) *actorRow {
	return &actorRow{
		Kind: kind, Address: address, origin: at, What: what,
		StakeUpokt: new(big.Int), SpendLimitUpokt: new(big.Int), Services: []string{}, Gateways: []string{},
	}
}

// supplier fills in the whole record; nil leaves the row as it is.
func (r *actorRow) supplier(s *sharedtypes.Supplier) *actorRow {
	if s == nil {
		return r
	}
	r.Known, r.Address, r.Owner = true, s.OperatorAddress, s.OwnerAddress
	r.StakeUpokt, r.UnstakeEndHeight = upoktOf(s.Stake), int64(s.UnstakeSessionEndHeight)
	for _, c := range s.Services {
		r.Services = append(r.Services, c.GetServiceId())
	}
	return r
}

// application fills in the whole record; nil leaves the row as it is.
func (r *actorRow) application(a *apptypes.Application) *actorRow {
	if a == nil {
		return r
	}
	r.Known, r.Address = true, a.Address
	r.StakeUpokt, r.SpendLimitUpokt = upoktOf(a.Stake), upoktOf(a.PerSessionSpendLimit)
	r.UnstakeEndHeight, r.Gateways = int64(a.UnstakeSessionEndHeight), append(r.Gateways, a.DelegateeGatewayAddresses...)
	for _, c := range a.ServiceConfigs {
		r.Services = append(r.Services, c.GetServiceId())
	}
	return r
}

// gateway fills in the whole record; nil leaves the row as it is.
func (r *actorRow) gateway(g *gatewaytypes.Gateway) *actorRow {
	if g == nil {
		return r
	}
	r.Known, r.Address = true, g.Address
	r.StakeUpokt, r.UnstakeEndHeight = upoktOf(g.Stake), int64(g.UnstakeSessionEndHeight)
	return r
}

// upoktOf is a coin of the chain's own types, whose amounts are not negative; nil, and any other coin, is 0.
func upoktOf(c *sdk.Coin) *big.Int {
	if c == nil || c.Denom != "upokt" || c.Amount.IsNil() || c.Amount.IsNegative() || c.Amount.BigInt().BitLen() > 128 {
		return new(big.Int)
	}
	return c.Amount.BigInt()
}

// actorAt is an actor that an event speaks of.
func actorAt(part *chainv1.Events, e *chainv1.Event, kind, address, what string) *actorRow {
	return actor(kind, address, what, originOf(part, e))
}
