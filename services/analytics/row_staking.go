package analytics

import (
	sdk "github.com/cosmos/cosmos-sdk/types"
	gogoproto "github.com/cosmos/gogoproto/proto"
	apptypes "github.com/pokt-network/poktroll/x/application/types"
	gatewaytypes "github.com/pokt-network/poktroll/x/gateway/types"
	suppliertypes "github.com/pokt-network/poktroll/x/supplier/types"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/event"
	"github.com/lodeworks/lode/services/kit/ch"
)

// staking makes a reader of one event about a supplier, application or gateway: fill says what the event says.
func staking[E any, M interface {
	*E
	gogoproto.Message
}](kind, what string, fill func(*actorRow, M)) reader {
	return func(part *chainv1.Events, e *chainv1.Event) ([]ch.Row, error) {
		said := M(new(E))
		if err := event.Decode(e, said); err != nil {
			return nil, err
		}
		row := actorAt(part, e, kind, "", what)
		fill(row, said)
		return []ch.Row{row}, nil
	}
}

// stakingEvents are the events that make up a participant's history.
var stakingEvents = map[string]reader{
	"pocket.supplier.EventSupplierStaked": staking(kindSupplier, "staked", func(r *actorRow, e *suppliertypes.EventSupplierStaked) {
		r.Address = e.OperatorAddress
	}),
	"pocket.supplier.EventSupplierUnbondingBegin": staking(kindSupplier, "unbonding_begin", func(r *actorRow, e *suppliertypes.EventSupplierUnbondingBegin) {
		r.supplier(e.Supplier).ends(e.Reason.String(), e.UnbondingEndHeight)
	}),
	"pocket.supplier.EventSupplierUnbondingEnd": staking(kindSupplier, "unbonding_end", func(r *actorRow, e *suppliertypes.EventSupplierUnbondingEnd) {
		r.supplier(e.Supplier).ends(e.Reason.String(), e.UnbondingEndHeight)
	}),
	"pocket.supplier.EventSupplierUnbondingCanceled": staking(kindSupplier, "unbonding_canceled", func(r *actorRow, e *suppliertypes.EventSupplierUnbondingCanceled) {
		r.supplier(e.Supplier)
	}),
	"pocket.supplier.EventSupplierStakeStuckInModulePool": staking(kindSupplier, "stake_stuck", func(r *actorRow, e *suppliertypes.EventSupplierStakeStuckInModulePool) {
		r.stuck(e.OperatorAddress, e.StuckCoin, e.Reason)
		r.Owner = e.OwnerAddress
	}),
	"pocket.supplier.EventSupplierServiceConfigActivated": staking(kindSupplier, "service_activated", func(r *actorRow, e *suppliertypes.EventSupplierServiceConfigActivated) {
		r.Address, r.Services = e.OperatorAddress, []string{e.ServiceId}
	}),
	"pocket.application.EventApplicationStaked": staking(kindApplication, "staked", func(r *actorRow, e *apptypes.EventApplicationStaked) {
		r.application(e.Application)
	}),
	"pocket.application.EventRedelegation": staking(kindApplication, "redelegated", func(r *actorRow, e *apptypes.EventRedelegation) {
		r.application(e.Application)
	}),
	"pocket.application.EventTransferBegin": staking(kindApplication, "transfer_begin", func(r *actorRow, e *apptypes.EventTransferBegin) {
		r.application(e.SourceApplication).transfer(e.SourceAddress, e.DestinationAddress, "")
	}),
	"pocket.application.EventTransferEnd": rowsOfTransferEnd,
	"pocket.application.EventTransferError": staking(kindApplication, "transfer_error", func(r *actorRow, e *apptypes.EventTransferError) {
		r.application(e.SourceApplication).transfer(e.SourceAddress, e.DestinationAddress, e.Error)
	}),
	"pocket.application.EventApplicationUnbondingBegin": staking(kindApplication, "unbonding_begin", func(r *actorRow, e *apptypes.EventApplicationUnbondingBegin) {
		r.application(e.Application).ends(e.Reason.String(), e.UnbondingEndHeight)
	}),
	"pocket.application.EventApplicationUnbondingEnd": staking(kindApplication, "unbonding_end", func(r *actorRow, e *apptypes.EventApplicationUnbondingEnd) {
		r.application(e.Application).ends(e.Reason.String(), e.UnbondingEndHeight)
	}),
	"pocket.application.EventApplicationUnbondingCanceled": staking(kindApplication, "unbonding_canceled", func(r *actorRow, e *apptypes.EventApplicationUnbondingCanceled) {
		r.application(e.Application)
	}),
	"pocket.application.EventApplicationStakeStuckInModulePool": staking(kindApplication, "stake_stuck", func(r *actorRow, e *apptypes.EventApplicationStakeStuckInModulePool) {
		r.stuck(e.ApplicationAddress, e.StuckCoin, e.Reason)
	}),
	"pocket.gateway.EventGatewayStaked": staking(kindGateway, "staked", func(r *actorRow, e *gatewaytypes.EventGatewayStaked) {
		r.gateway(e.Gateway)
	}),
	"pocket.gateway.EventGatewayUnbondingBegin": staking(kindGateway, "unbonding_begin", func(r *actorRow, e *gatewaytypes.EventGatewayUnbondingBegin) {
		r.gateway(e.Gateway).ends("", e.UnbondingEndHeight)
	}),
	"pocket.gateway.EventGatewayUnbondingEnd": staking(kindGateway, "unbonding_end", func(r *actorRow, e *gatewaytypes.EventGatewayUnbondingEnd) {
		r.gateway(e.Gateway).ends("", e.UnbondingEndHeight)
	}),
	"pocket.gateway.EventGatewayUnbondingCanceled": staking(kindGateway, "unbonding_canceled", func(r *actorRow, e *gatewaytypes.EventGatewayUnbondingCanceled) {
		r.gateway(e.Gateway)
	}),
	"pocket.gateway.EventGatewayMetadataUpdated": staking(kindGateway, "metadata_updated", func(r *actorRow, e *gatewaytypes.EventGatewayMetadataUpdated) {
		r.Address = e.GatewayAddress
	}),
}

// ends says why and until when the stake unbonds.
func (r *actorRow) ends(reason string, height int64) {
	r.Reason, r.UnbondingEndHeight = reason, height
}

// transfer says where an application goes. The row is the source's.
func (r *actorRow) transfer(from, to, reason string) {
	r.Address, r.Other, r.Reason = from, to, reason
}

func (r *actorRow) stuck(address string, coin *sdk.Coin, reason string) {
	r.Address, r.Reason, r.StakeUpokt = address, reason, upoktOf(coin)
}

// rowsOfTransferEnd are both sides of a transfer: the source is gone, the destination has the whole record.
func rowsOfTransferEnd(part *chainv1.Events, e *chainv1.Event) ([]ch.Row, error) {
	var said apptypes.EventTransferEnd
	if err := event.Decode(e, &said); err != nil {
		return nil, err
	}
	source := actorAt(part, e, kindApplication, "", "transfer_end")
	source.transfer(said.SourceAddress, said.DestinationAddress, "")
	destination := actorAt(part, e, kindApplication, said.DestinationAddress, "transfer_received").application(said.DestinationApplication)
	destination.Other = said.SourceAddress
	return []ch.Row{source, destination}, nil
}
