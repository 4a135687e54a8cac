package localnet

import "time"

// ChainID is the network's chain id, the one the official localnet uses.
const ChainID = "pocket"

// MaxSuppliers bounds Config.Suppliers; the genesis stays under 2 MB.
const MaxSuppliers = 1000

// Service is the one service (a model) the network offers.
type Service struct {
	// ID is 1..42 characters of [a-zA-Z0-9_-]; it names the service on chain.
	ID string
	// Name is shown to people, ≤ 169 characters of [a-zA-Z0-9-_ ].
	Name string
	// ComputeUnitsPerRelay is the price of a relay in compute units, 1..2097152.
	ComputeUnitsPerRelay uint64
}

// Market is one service with the application that pays for it.
type Market struct {
	Service     Service
	Application Account
	// Stake is the application's, upokt.
	Stake int64
}

// Supplier is one staked supplier of one service.
type Supplier struct {
	// Account is the operator: it signs responses, claims and proofs.
	Account
	// Service is the id of the service it is staked for.
	Service string
	// URL is the endpoint staked for JSON_RPC and REST: where its relayer listens.
	URL string
}

// Net is everybody on the chain. Build it with New; treat it as read-only.
type Net struct {
	// ChainID is the constant ChainID.
	ChainID string
	// GenesisTime is block 1's time; fixed, in the past, part of block 1's hash.
	GenesisTime time.Time
	// Profile is the parameters the chain starts with.
	Profile Profile
	// Service is owned by Source and served by Suppliers.
	Service Service
	// Others are further services of Source's, each paid for by an application of its own; mostly empty.
	Others []Market
	// OwnerShare is the percentage of each supplier's reward that goes to Owner,
	// 0..100; the rest goes to the operator.
	OwnerShare uint64

	// Validator operates the only validator.
	Validator Account
	// Source owns the service and earns the source owner's share.
	Source Account
	// Owner owns (not operates) every supplier's stake.
	Owner Account
	// Application is staked for the service and delegated to Gateway.
	Application Account
	// Gateway is staked and signs relays for Application.
	Gateway Account
	// Suppliers are in the order of their names, supplier-0 first; never empty.
	Suppliers []Supplier
}

// Accounts lists every account once, in genesis order: an account's index is
// its account number on chain.
func (n Net) Accounts() []Account {
	all := []Account{n.Validator, n.Source, n.Owner, n.Application, n.Gateway}
	for _, m := range n.Others {
		all = append(all, m.Application)
	}
	for _, s := range n.Suppliers {
		all = append(all, s.Account)
	}
	return all
}

// Markets lists every service with its application, Service and Application first.
func (n Net) Markets() []Market {
	first := Market{Service: n.Service, Application: n.Application, Stake: n.Profile.ApplicationStake}
	return append([]Market{first}, n.Others...)
}

// SuppliersOf lists the suppliers of a service.
func (n Net) SuppliersOf(service string) []Supplier {
	var of []Supplier
	for _, s := range n.Suppliers {
		if s.Service == service {
			of = append(of, s)
		}
	}
	return of
}
