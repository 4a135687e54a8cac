package localnet

import (
	"errors"
	"fmt"
	"time"

	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"
)

// Config chooses a network. The zero value is not valid; start from Default.
type Config struct {
	// Profile is ProfileDemo or ProfileMainnet.
	Profile string
	// Suppliers is how many suppliers are staked, 1..MaxSuppliers.
	Suppliers int
	// SupplierURLs are the suppliers' endpoints (http, https, ws or wss), handed
	// out in turn: one URL means one relayer serves all suppliers. Not empty.
	SupplierURLs []string
	// Service is what is served.
	Service Service
	// Others are further services, each with an application of its own that stakes as the profile says; suppliers
	// are handed out in turn, the first to Service.
	Others []Service
	// OwnerShare is the owner's percentage of each supplier's reward, 0..100.
	OwnerShare uint64
}

// Default is the demo: two suppliers behind one relayer on loopback, all of the
// reward to the operator.
func Default() Config {
	return Config{
		Profile:      ProfileDemo,
		Suppliers:    2,
		SupplierURLs: []string{"http://127.0.0.1:8545"},
		Service: Service{
			ID:                   "demo-llm",
			Name:                 "Demo n-gram - not an LLM",
			ComputeUnitsPerRelay: 100,
		},
	}
}

// Validate reports every fault at once, joined.
func (c Config) Validate() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if _, err := ProfileByName(c.Profile); err != nil {
		fault("profile: %w", err)
	}
	if c.Suppliers < 1 || c.Suppliers > MaxSuppliers {
		fault("suppliers: %d is not in 1..%d", c.Suppliers, MaxSuppliers)
	}
	if len(c.SupplierURLs) == 0 {
		fault("supplier urls: at least one is needed")
	}
	for _, u := range c.SupplierURLs {
		if !sharedtypes.IsValidEndpointUrl(u) {
			fault("supplier urls: %q is not an http, https, ws or wss address", u)
		}
	}
	if c.OwnerShare > 100 {
		fault("owner share: %d is not in 0..100", c.OwnerShare)
	}
	seen := map[string]bool{}
	for _, s := range append([]Service{c.Service}, c.Others...) {
		service := sharedtypes.Service{Id: s.ID, Name: s.Name, ComputeUnitsPerRelay: s.ComputeUnitsPerRelay}
		if err := validateService(service); err != nil {
			fault("service: %w", err)
		}
		if seen[s.ID] {
			fault("service: %q is there twice", s.ID)
		}
		seen[s.ID] = true
	}
	return errors.Join(faults...)
}

// validateService applies the chain's own rules, with any address as owner.
func validateService(s sharedtypes.Service) error {
	SetAddressPrefix()
	owner, err := NewAccount("source")
	if err != nil {
		return err
	}
	s.OwnerAddress = owner.Address
	return s.ValidateBasic()
}

// New derives the network of a valid Config; the same Config gives the same Net.
func New(c Config) (Net, error) {
	if err := c.Validate(); err != nil {
		return Net{}, fmt.Errorf("describe local network: %w", err)
	}
	profile, err := ProfileByName(c.Profile)
	if err != nil {
		return Net{}, err
	}
	n := Net{
		ChainID:     ChainID,
		GenesisTime: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		Profile:     profile,
		Service:     c.Service,
		OwnerShare:  c.OwnerShare,
	}
	if err := n.deriveAccounts(c); err != nil {
		return Net{}, err
	}
	return n, nil
}

// deriveAccounts fills in every account and hands out the URLs.
func (n *Net) deriveAccounts(c Config) error {
	roles := []struct {
		name string
		to   *Account
	}{
		{"validator", &n.Validator}, {"source", &n.Source}, {"owner", &n.Owner},
		{"application", &n.Application}, {"gateway", &n.Gateway},
	}
	var err error
	for _, r := range roles {
		if *r.to, err = NewAccount(r.name); err != nil {
			return err
		}
	}
	for i, s := range c.Others {
		m := Market{Service: s, Stake: n.Profile.ApplicationStake}
		if m.Application, err = NewAccount(fmt.Sprintf("application-%d", i+1)); err != nil {
			return err
		}
		n.Others = append(n.Others, m)
	}
	markets := n.Markets()
	n.Suppliers = make([]Supplier, c.Suppliers)
	for i := range n.Suppliers {
		n.Suppliers[i].Service = markets[i%len(markets)].Service.ID
		n.Suppliers[i].URL = c.SupplierURLs[i%len(c.SupplierURLs)]
		if n.Suppliers[i].Account, err = NewAccount(fmt.Sprintf("supplier-%d", i)); err != nil {
			return err
		}
	}
	return nil
}
