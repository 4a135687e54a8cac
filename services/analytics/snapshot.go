package analytics

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/cosmos/cosmos-sdk/types/query"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	gogoproto "github.com/cosmos/gogoproto/proto"
	apptypes "github.com/pokt-network/poktroll/x/application/types"
	gatewaytypes "github.com/pokt-network/poktroll/x/gateway/types"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"
	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
	sharedtypes "github.com/pokt-network/poktroll/x/shared/types"
	suppliertypes "github.com/pokt-network/poktroll/x/supplier/types"
	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"

	"github.com/lodeworks/lode/services/event"
	"github.com/lodeworks/lode/services/kit/ch"
	"github.com/lodeworks/lode/services/kit/chain"
)

// snapshotPoll is how often a node is asked for its height, snapshotRetry how soon again after it did not answer.
const (
	snapshotPoll  = time.Second
	snapshotRetry = 15 * time.Second
)

// snapshots stores the chain's own state at intervals: what genesis brought, what governance changed and what no event
// says, and what replayed figures are compared with. A node that does not answer is asked again.
func (s *Service) snapshots(ctx context.Context) error {
	next := int64(1)
	for ctx.Err() == nil {
		height, err := s.snapshot(ctx, next)
		switch {
		case err != nil && ctx.Err() == nil:
			s.log.Warn("the chain's state was not stored, it is asked again", "err", err)
			pause(ctx, snapshotRetry)
		case height > 0:
			next = height + s.cfg.SnapshotEvery
			s.metrics.snapshot.Set(float64(height))
		}
		pause(ctx, snapshotPoll)
	}
	return ctx.Err()
}

// snapshot stores the newest state when its height is at least due, and returns the height; 0: it is not yet.
func (s *Service) snapshot(ctx context.Context, due int64) (int64, error) {
	status, err := s.node.Status(ctx)
	if err != nil {
		return 0, err
	}
	height := status.SyncInfo.LatestBlockHeight
	if height < due {
		return 0, nil
	}
	ctx, cancel := context.WithTimeout(chain.At(ctx, height), s.cfg.ClickHouse.Timeout)
	defer cancel()
	rows, err := readState(ctx, s.node, height, status.SyncInfo.LatestBlockTime)
	if err != nil {
		return 0, err
	}
	news, contents := s.said.news(rows)
	if err := Insert(ctx, s.conn, s.cfg.ClickHouse.Timeout, news); err != nil {
		return 0, err
	}
	maps.Copy(s.said, contents)
	return height, nil
}

// sayings are what the last states that this process stored said, by subject: what is as it was is not stored again.
type sayings map[string]string

// news are the rows that say something new, and what they say.
func (s sayings) news(rows []ch.Row) (news []ch.Row, contents sayings) {
	contents = sayings{}
	for _, row := range rows {
		subject, content := saying(row)
		if last, known := s[subject]; known && last == content && subject != "" {
			continue
		}
		contents[subject] = content
		news = append(news, row)
	}
	return news, contents
}

// saying is what a row of a state is about and what it says, without when; the subject is empty for what is stored each time.
func saying(row ch.Row) (subject, content string) {
	switch r := row.(type) {
	case *actorRow:
		timeless := *r
		timeless.origin = origin{}
		return r.Kind + " " + r.Address, fmt.Sprintf("%+v", timeless)
	case *serviceRow:
		timeless := *r
		timeless.place = place{}
		return "service " + r.Service, fmt.Sprintf("%+v", timeless)
	case *paramSeenRow:
		return r.Module + "." + r.Name, r.Value
	default:
		return "", ""
	}
}

// state reads one state of the chain into rows.
type state struct {
	node   *chain.Client
	height int64
	at     time.Time
	rows   []ch.Row
}

// readState reads the state after a block; ctx names its height to the node.
func readState(ctx context.Context, node *chain.Client, height int64, at time.Time) ([]ch.Row, error) {
	s := &state{node: node, height: height, at: at.UTC()}
	for _, read := range []func(context.Context) error{s.supply, s.params, s.services, s.applications, s.gateways, s.suppliers} {
		if err := read(ctx); err != nil {
			return nil, fmt.Errorf("read the state at %d: %w", height, err)
		}
	}
	return s.rows, nil
}

func (s *state) add(row ch.Row) { s.rows = append(s.rows, row) }

func (s *state) supply(ctx context.Context) error {
	res, err := banktypes.NewQueryClient(s.node).SupplyOf(ctx, &banktypes.QuerySupplyOfRequest{Denom: event.Denom})
	if err != nil {
		return err
	}
	s.add(&supplySeenRow{Height: s.height, Time: s.at, Upokt: upoktOf(&res.Amount)})
	return nil
}

// params reads every module's parameters. Shared parameters are those in force at the height; the others have no
// history of their own.
func (s *state) params(ctx context.Context) error {
	for _, q := range []struct {
		path            string
		request, answer gogoproto.Message
	}{
		{"shared.Query/ParamsAtHeight", &sharedtypes.QueryParamsAtHeightRequest{Height: s.height}, &sharedtypes.QueryParamsAtHeightResponse{}},
		{"session.Query/Params", &sessiontypes.QueryParamsRequest{}, &sessiontypes.QueryParamsResponse{}},
		{"service.Query/Params", &servicetypes.QueryParamsRequest{}, &servicetypes.QueryParamsResponse{}},
		{"proof.Query/Params", &prooftypes.QueryParamsRequest{}, &prooftypes.QueryParamsResponse{}},
		{"tokenomics.Query/Params", &tokenomicstypes.QueryParamsRequest{}, &tokenomicstypes.QueryParamsResponse{}},
		{"supplier.Query/Params", &suppliertypes.QueryParamsRequest{}, &suppliertypes.QueryParamsResponse{}},
		{"application.Query/Params", &apptypes.QueryParamsRequest{}, &apptypes.QueryParamsResponse{}},
		{"gateway.Query/Params", &gatewaytypes.QueryParamsRequest{}, &gatewaytypes.QueryParamsResponse{}},
	} {
		if err := s.node.Invoke(ctx, "/pocket."+q.path, q.request, q.answer); err != nil {
			return err
		}
		fields, err := fieldsOf(q.answer)
		if err != nil {
			return err
		}
		module, _, _ := strings.Cut(q.path, ".")
		params, err := objectOf(fields["params"])
		if err != nil {
			return err
		}
		for name, value := range params {
			s.add(&paramSeenRow{Module: module, Name: name, Height: s.height, Time: s.at, Value: string(value)})
		}
	}
	return nil
}

// pageSize is how many records of a list are asked for at once.
const pageSize = 200

// pages asks for a list until it ends.
func pages(ask func(*query.PageRequest) (*query.PageResponse, error)) error {
	request := &query.PageRequest{Limit: pageSize}
	for {
		answer, err := ask(request)
		if err != nil || len(answer.GetNextKey()) == 0 {
			return err
		}
		request = &query.PageRequest{Limit: pageSize, Key: answer.NextKey}
	}
}

func (s *state) services(ctx context.Context) error {
	client := servicetypes.NewQueryClient(s.node)
	return pages(func(page *query.PageRequest) (*query.PageResponse, error) {
		res, err := client.AllServices(ctx, &servicetypes.QueryAllServicesRequest{Pagination: page})
		if err != nil {
			return nil, err
		}
		for _, v := range res.Service {
			s.add(&serviceRow{
				Service: v.Id, place: place{Height: s.height, TxIndex: afterBlock, Time: s.at}, What: seen,
				Owner: v.OwnerAddress, Name: v.Name, ComputeUnitsPerRelay: v.ComputeUnitsPerRelay,
			})
		}
		return res.Pagination, nil
	})
}

func (s *state) applications(ctx context.Context) error {
	client := apptypes.NewQueryClient(s.node)
	return pages(func(page *query.PageRequest) (*query.PageResponse, error) {
		res, err := client.AllApplications(ctx, &apptypes.QueryAllApplicationsRequest{Pagination: page})
		if err != nil {
			return nil, err
		}
		for i := range res.Applications {
			s.add(actor(kindApplication, "", seen, seenAt(s.height, s.at)).application(&res.Applications[i]))
		}
		return res.Pagination, nil
	})
}

func (s *state) gateways(ctx context.Context) error {
	client := gatewaytypes.NewQueryClient(s.node)
	return pages(func(page *query.PageRequest) (*query.PageResponse, error) {
		res, err := client.AllGateways(ctx, &gatewaytypes.QueryAllGatewaysRequest{Pagination: page})
		if err != nil {
			return nil, err
		}
		for i := range res.Gateways {
			s.add(actor(kindGateway, "", seen, seenAt(s.height, s.at)).gateway(&res.Gateways[i]))
		}
		return res.Pagination, nil
	})
}

func (s *state) suppliers(ctx context.Context) error {
	client := suppliertypes.NewQueryClient(s.node)
	return pages(func(page *query.PageRequest) (*query.PageResponse, error) {
		res, err := client.AllSuppliers(ctx, &suppliertypes.QueryAllSuppliersRequest{Pagination: page, Dehydrated: true})
		if err != nil {
			return nil, err
		}
		for i := range res.Supplier {
			s.add(actor(kindSupplier, "", seen, seenAt(s.height, s.at)).supplier(&res.Supplier[i]))
		}
		return res.Pagination, nil
	})
}
