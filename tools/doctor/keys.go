package doctor

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"

	"cosmossdk.io/math"
	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"
	suppliertypes "github.com/pokt-network/poktroll/x/supplier/types"

	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/services/signing"
	"github.com/lodeworks/lode/services/submitter/treasury"
)

// holder is one configuration's keys.
type holder struct {
	part      string
	service   string
	addresses []string
	services  []string // that a relayer serves
	err       error
}

// supplier is what the chain knows of a key, and what its endpoints say.
type supplier struct {
	address  string
	err      error
	account  treasury.Account
	services []string         // staked for
	urls     map[string]error // of its endpoints; nil: answers
}

// lowBalance is a tenth of a POKT: some hundred claims.
const lowBalance = 100_000

// lookKeys reads the keys of relayers and submitters.
func lookKeys(ctx context.Context, parts []Part) (all []holder) {
	for _, p := range parts {
		if p.Keys == nil {
			continue
		}
		h := holder{part: p.Name, service: p.Service, services: p.Services}
		purpose := signing.PurposeRelay
		if p.Service == "submitter" {
			purpose = signing.PurposeTx
		}
		set, err := signing.OpenFor(ctx, *p.Keys, purpose, slog.New(slog.DiscardHandler))
		if h.err = err; err == nil {
			h.addresses = set.Addresses()
		}
		all = append(all, h)
	}
	return all
}

// judgeKeys compares who may serve with who may claim.
func judgeKeys(holders []holder) (all []Finding) {
	claims := map[string]bool{}
	submitters := 0
	for _, h := range holders {
		if h.service == "submitter" {
			submitters++
			for _, a := range h.addresses {
				claims[a] = true
			}
		}
	}
	for _, h := range holders {
		missing := slices.DeleteFunc(slices.Clone(h.addresses), func(a string) bool { return claims[a] })
		switch {
		case h.err != nil:
			all = append(all, fail("keys", h.part, h.err.Error(), "mend keys of this configuration"))
		case submitters > 0 && len(missing) > 0:
			all = append(all, fail("keys", h.part, "no submitter has the keys of "+strings.Join(missing, ", "), "give them to the submitter: their relays are never claimed"))
		default:
			all = append(all, ok("keys", h.part, "%d keys", len(h.addresses)))
		}
	}
	return all
}

// lookSuppliers asks the chain about each address, and its endpoints whether they are there.
func lookSuppliers(ctx context.Context, client *chain.Client, addresses []string) (list []supplier, least math.Int, err error) {
	accounts, query := treasury.NewChain(client), suppliertypes.NewQueryClient(client)
	if least, err = accounts.MinStake(ctx); err != nil {
		return nil, least, err
	}
	for _, address := range addresses {
		s := supplier{address: address, urls: map[string]error{}}
		found, err := accounts.Look(ctx, []string{address})
		if s.err = err; err == nil {
			s.account = found[0]
		}
		if s.err == nil && !s.account.Stake.IsNil() {
			res, err := query.Supplier(ctx, &suppliertypes.QueryGetSupplierRequest{OperatorAddress: address})
			if s.err = err; err == nil {
				s.ask(ctx, res.Supplier.Services)
			}
		}
		list = append(list, s)
	}
	return list, least, nil
}

// ask notes services, and whether their endpoints answer.
func (s *supplier) ask(ctx context.Context, services []*sharedtypes.SupplierServiceConfig) {
	for _, c := range services {
		s.services = append(s.services, c.ServiceId)
		for _, e := range c.Endpoints {
			if _, asked := s.urls[e.Url]; !asked {
				s.urls[e.Url] = answers(ctx, e.Url)
			}
		}
	}
	slices.Sort(s.services)
}

// answers returns nil when anything that speaks HTTP is at a URL, whatever it says.
func answers(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if rest, socket := strings.CutPrefix(url, "ws"); socket {
		url = "http" + rest
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16))
	return res.Body.Close()
}

// judgeSuppliers compares stakes with what relayers serve.
func judgeSuppliers(list []supplier, least math.Int, holders []holder) (all []Finding) {
	served, staked := map[string]bool{}, map[string]bool{}
	relayers := 0
	for _, h := range holders {
		if h.service == "relayer" {
			relayers++
			for _, service := range h.services {
				served[service] = true
			}
		}
	}
	for _, s := range list {
		all = append(all, judgeSupplier(s, least)...)
		for _, service := range s.services {
			staked[service] = true
			if relayers > 0 && !served[service] {
				all = append(all, warn("stake", s.address, "staked for "+service+", which no relayer serves", "add it to a relayer's services, or unstake it: applications are refused"))
			}
		}
	}
	for _, service := range slices.Sorted(maps.Keys(served)) {
		if !staked[service] {
			all = append(all, fail("stake", service, "a relayer serves it, and no key is staked for it", "stake a supplier for it, or take it out of services"))
		}
	}
	return all
}

func judgeSupplier(s supplier, least math.Int) (all []Finding) {
	if s.err != nil {
		return []Finding{fail("stake", s.address, s.err.Error(), "is the chain node well?")}
	}
	switch a := s.account; {
	case a.Stake.IsNil() || a.Stake.IsZero():
		all = append(all, fail("stake", s.address, "is no supplier", "stake it, or remove its key"))
	case a.Leaving:
		all = append(all, warn("stake", s.address, "is unstaking", "keep its key until its last session is settled"))
	case a.Stake.LT(least):
		all = append(all, fail("stake", s.address, fmt.Sprintf("%s upokt, at least %s", a.Stake, least), "add stake: the chain unstakes it"))
	default:
		all = append(all, ok("stake", s.address, "%s upokt for %s", a.Stake, strings.Join(s.services, ", ")))
	}
	switch b := s.account.Balance; {
	case b.IsNil() || b.IsZero():
		all = append(all, fail("balance", s.address, "0 upokt", "send it some, or set treasury.top_up_below: it can pay for no claim"))
	case b.LT(math.NewInt(lowBalance)):
		all = append(all, warn("balance", s.address, b.String()+" upokt", "send it some, or set treasury.top_up_below"))
	default:
		all = append(all, ok("balance", s.address, "%s upokt", b))
	}
	for _, url := range slices.Sorted(maps.Keys(s.urls)) {
		if err := s.urls[url]; err != nil {
			all = append(all, fail("endpoint", s.address, err.Error(), "is the relayer's listen address behind "+url+"?"))
		} else {
			all = append(all, ok("endpoint", s.address, "%s answers", url))
		}
	}
	return all
}
