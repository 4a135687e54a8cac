package served

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	sdktypes "github.com/pokt-network/shannon-sdk/types"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/facts"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/pocket/keys"
	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/pocket/ring"
	"github.com/lodeworks/lode/services/relayer/relaylog"
	"github.com/lodeworks/lode/tools/localnet"
)

const (
	partitions = 64  // of the relay log, the default of relayers and hashers
	atOnce     = 512 // relays on their way to the log
	region     = "here"
)

// Relayer answers relays of a local network. Make it with New, end it with Close.
type Relayer struct {
	gateway localnet.Account
	bus     *bus.Bus
	name    string        // of this incarnation
	reports atomic.Uint64 // of refused relays
	log     *relaylog.Log
	next    atomic.Int64 // number of the last relay: no two are the same
}

// New makes a relayer that logs to b.
func New(gateway localnet.Account, b *bus.Bus) *Relayer {
	r := &Relayer{gateway: gateway, bus: b, name: rand.Text()}
	r.log = relaylog.New(relaylog.Options{
		Incarnation: r.name, Partitions: partitions, MaxUnlogged: atOnce, Log: slog.New(slog.DiscardHandler), Metrics: uncounted(),
		Publish: func(ctx context.Context, c bus.Content) error {
			_, _, err := b.PublishContent(ctx, c)
			return err
		},
	})
	return r
}

// uncounted are metrics that nobody reads.
func uncounted() relaylog.Metrics {
	gauge := func() prometheus.Gauge { return prometheus.NewGauge(prometheus.GaugeOpts{}) }
	counter := func() prometheus.Counter { return prometheus.NewCounter(prometheus.CounterOpts{}) }
	histogram := func() prometheus.Histogram { return prometheus.NewHistogram(prometheus.HistogramOpts{}) }
	return relaylog.Metrics{
		Queued: gauge(), Groups: histogram(), Store: histogram(), PublishErrors: counter(), Spooled: counter(), Away: gauge(), Lost: counter(),
	}
}

// Close waits until all is logged, at most until ctx ends.
func (r *Relayer) Close(ctx context.Context) { r.log.Close(ctx) }

// Load is relays to be answered.
type Load struct {
	Application localnet.Account
	Supplier    localnet.Supplier
	Session     *facts.Session
	Relays      int
}

// Serve answers the relays and returns when all of them are in the log.
func (r *Relayer) Serve(ctx context.Context, loads ...Load) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, l := range loads {
		p, err := r.parties(l)
		if err != nil {
			return err
		}
		for range l.Relays {
			group.Go(func() error { return r.serve(ctx, l, p) })
		}
	}
	return group.Wait()
}

// Refuse reports a load's relays as not served, for a cause.
func (r *Relayer) Refuse(ctx context.Context, l Load, cause string) error {
	h := l.Session.Header
	_, _, err := r.bus.Publish(ctx, bus.Message{Subject: bus.RelayRefusedSubject, Body: &relayv1.Refused{
		Relayer: r.name, Number: r.reports.Add(1), Region: region, UntilUnixNano: time.Now().UnixNano(),
		Counts: []*relayv1.RefusedCount{{
			Supplier: l.Supplier.Address, Application: h.ApplicationAddress, Service: h.ServiceId, SessionId: h.SessionId, EndHeight: h.SessionEndBlockHeight,
			Cause: cause, Gateway: r.gateway.Address, GatewayBy: relayv1.GatewayBy_GATEWAY_BY_RING, Relays: uint64(l.Relays),
		}},
	}})
	return err
}

// parties are who sign.
type parties struct {
	ring     *ring.Signer
	supplier keys.Private
}

func (r *Relayer) parties(l Load) (parties, error) {
	if l.Session.Supplier(l.Supplier.Address) == nil {
		return parties{}, fmt.Errorf("supplier %s is not in session %s", l.Supplier.Address, l.Session.Header.SessionId)
	}
	gateway, err := private(r.gateway)
	if err != nil {
		return parties{}, err
	}
	application, err := private(l.Application)
	if err != nil {
		return parties{}, err
	}
	supplier, err := private(l.Supplier.Account)
	if err != nil {
		return parties{}, err
	}
	signer, err := ring.NewSigner(nil, gateway.Secret(), []ring.PublicKey{application.Public(), gateway.Public()})
	return parties{ring: signer, supplier: supplier}, err
}

func private(a localnet.Account) (keys.Private, error) { return keys.NewPrivate([32]byte(a.Key.Key)) }

// serve answers one relay.
func (r *Relayer) serve(ctx context.Context, l Load, p parties) error {
	body := fmt.Sprintf(`{"model":"demo","messages":[{"role":"user","content":"question %d"}]}`, r.next.Add(1))
	req, err := request(l, p, body)
	if err != nil {
		return err
	}
	raw, err := req.Marshal()
	if err != nil {
		return err
	}
	canonical, err := relay.CanonicalRequest(raw)
	if err != nil {
		return err
	}
	res, err := response(l.Session.Header, p)
	if err != nil {
		return err
	}
	leaf, err := relay.AppendLeaf(nil, canonical, res)
	if err != nil {
		return err
	}
	return r.log.Commit(ctx, termsOf(l), &relayv1.Served{
		Relay: leaf, ServedUnixNano: time.Now().UnixNano(), StatusCode: http.StatusOK, BackendNanos: uint64(time.Millisecond),
		RequestBytes: uint64(len(body)), ResponseBytes: uint64(len(answer)),
		Gateway: r.gateway.Address, GatewayBy: relayv1.GatewayBy_GATEWAY_BY_RING, Backend: "demo", Region: region,
	})
}

func request(l Load, p parties, body string) (*servicetypes.RelayRequest, error) {
	payload, err := relay.EncodeHTTPRequest(&sdktypes.POKTHTTPRequest{
		Method: http.MethodPost, Url: l.Supplier.URL + "/v1/chat/completions", Header: contentType(), BodyBz: []byte(body),
	})
	if err != nil {
		return nil, err
	}
	req := &servicetypes.RelayRequest{Payload: payload}
	req.Meta.SessionHeader, req.Meta.SupplierOperatorAddress = l.Session.Header, l.Supplier.Address
	hash, err := relay.RequestHash(req)
	if err != nil {
		return nil, err
	}
	req.Meta.Signature, err = p.ring.Sign(hash, rand.Reader)
	return req, err
}

// answer is what the model says, always.
const answer = `{"choices":[{"message":{"role":"assistant","content":"yes"}}]}`

func response(header *sessiontypes.SessionHeader, p parties) (*servicetypes.RelayResponse, error) {
	payload, err := relay.EncodeHTTPResponse(&sdktypes.POKTHTTPResponse{StatusCode: http.StatusOK, Header: contentType(), BodyBz: []byte(answer)})
	if err != nil {
		return nil, err
	}
	res, err := relay.NewResponse(header, payload)
	if err != nil {
		return nil, err
	}
	return res, relay.SignResponse(res, p.supplier)
}

func contentType() map[string]*sdktypes.Header {
	return map[string]*sdktypes.Header{"Content-Type": {Key: "Content-Type", Values: []string{"application/json"}}}
}

func termsOf(l Load) *relayv1.Terms {
	h, w := l.Session.Header, l.Session.Windows
	return &relayv1.Terms{
		Supplier: l.Supplier.Address, Application: h.ApplicationAddress, Service: h.ServiceId, SessionId: h.SessionId,
		StartHeight: h.SessionStartBlockHeight, EndHeight: h.SessionEndBlockHeight, GraceEndHeight: w.GraceEnd,
		ClaimOpenHeight: w.ClaimOpen, ClaimCloseHeight: w.ClaimClose, ComputeUnitsPerRelay: l.Session.ComputeUnits, TargetHash: l.Session.Target[:],
	}
}
