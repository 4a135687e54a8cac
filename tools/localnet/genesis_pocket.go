package localnet

import (
	applicationtypes "github.com/pokt-network/poktroll/x/application/types"
	gatewaytypes "github.com/pokt-network/poktroll/x/gateway/types"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"
	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"
	suppliertypes "github.com/pokt-network/poktroll/x/supplier/types"
	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"
)

// pocketModules is the genesis of Pocket's own modules: the profile's parameters
// and the actors of the network, all active from block 1.
func (n Net) pocketModules() moduleStates {
	p := n.Profile
	return moduleStates{
		sharedtypes.ModuleName:     &sharedtypes.GenesisState{Params: p.Shared},
		sessiontypes.ModuleName:    &sessiontypes.GenesisState{Params: p.Session},
		prooftypes.ModuleName:      &prooftypes.GenesisState{Params: p.Proof},
		tokenomicstypes.ModuleName: &tokenomicstypes.GenesisState{Params: p.Tokenomics},
		servicetypes.ModuleName: &servicetypes.GenesisState{
			Params:      p.Service,
			ServiceList: n.services(),
		},
		applicationtypes.ModuleName: &applicationtypes.GenesisState{
			Params:          p.Application,
			ApplicationList: n.applications(),
		},
		gatewaytypes.ModuleName: &gatewaytypes.GenesisState{
			Params:      p.Gateway,
			GatewayList: []gatewaytypes.Gateway{{Address: n.Gateway.Address, Stake: coin(p.GatewayStake)}},
		},
		suppliertypes.ModuleName: &suppliertypes.GenesisState{
			Params:       p.Supplier,
			SupplierList: n.suppliers(),
		},
	}
}

func (n Net) services() (list []sharedtypes.Service) {
	for _, m := range n.Markets() {
		list = append(list, sharedtypes.Service{
			Id:                   m.Service.ID,
			Name:                 m.Service.Name,
			ComputeUnitsPerRelay: m.Service.ComputeUnitsPerRelay,
			OwnerAddress:         n.Source.Address,
		})
	}
	return list
}

func (n Net) applications() (list []applicationtypes.Application) {
	for _, m := range n.Markets() {
		list = append(list, applicationtypes.Application{
			Address:                   m.Application.Address,
			Stake:                     coin(m.Stake),
			ServiceConfigs:            []*sharedtypes.ApplicationServiceConfig{{ServiceId: m.Service.ID}},
			DelegateeGatewayAddresses: []string{n.Gateway.Address},
		})
	}
	return list
}

// suppliers leaves the config history to the module, which activates a genesis
// supplier's configs at height 1.
func (n Net) suppliers() []sharedtypes.Supplier {
	list := make([]sharedtypes.Supplier, len(n.Suppliers))
	for i, s := range n.Suppliers {
		list[i] = sharedtypes.Supplier{
			OwnerAddress:    n.Owner.Address,
			OperatorAddress: s.Address,
			Stake:           coin(n.Profile.SupplierStake),
			Services: []*sharedtypes.SupplierServiceConfig{{
				ServiceId: s.Service,
				Endpoints: endpoints(s.URL),
				RevShare:  n.revShare(s),
			}},
		}
	}
	return list
}

// endpoints offers one address for both kinds of request an LLM client sends.
func endpoints(url string) []*sharedtypes.SupplierEndpoint {
	return []*sharedtypes.SupplierEndpoint{
		{Url: url, RpcType: sharedtypes.RPCType_JSON_RPC},
		{Url: url, RpcType: sharedtypes.RPCType_REST},
	}
}

// revShare splits a reward between owner and operator; the chain refuses shares
// of 0 percent, so an empty side is left out.
func (n Net) revShare(s Supplier) []*sharedtypes.ServiceRevenueShare {
	var shares []*sharedtypes.ServiceRevenueShare
	if n.OwnerShare > 0 {
		shares = append(shares, &sharedtypes.ServiceRevenueShare{Address: n.Owner.Address, RevSharePercentage: n.OwnerShare})
	}
	if n.OwnerShare < 100 {
		shares = append(shares, &sharedtypes.ServiceRevenueShare{Address: s.Address, RevSharePercentage: 100 - n.OwnerShare})
	}
	return shares
}
