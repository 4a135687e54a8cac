package relayer

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/facts/factstest"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/pocket/keys"
)

// reports are all reports of refused relays on the bus.
func (b *bench) reports() (all []*relayv1.Refused) {
	b.t.Helper()
	stream, err := b.bus.JS.Stream(b.t.Context(), bus.StreamRefusals)
	require.NoError(b.t, err)
	for n := uint64(1); n <= stream.CachedInfo().State.LastSeq; n++ {
		raw, err := stream.GetMsg(b.t.Context(), n)
		require.NoError(b.t, err)
		report := new(relayv1.Refused)
		require.NoError(b.t, proto.Unmarshal(raw.Data, report))
		all = append(all, report)
	}
	return all
}

// wrong changes a good request and signs it.
func (b *bench) wrong(change func(*servicetypes.RelayRequest), by keys.Private) *servicetypes.RelayRequest {
	req := b.Request(b.Header(b.Height()), b.Suppliers[0], factstest.HTTP("{}"))
	change(req)
	return b.Sign(req, by)
}

// TestRefusalsAreReported: every refused relay is in a report, by its cause; what it is of is said only as far as the
// chain and the configuration know it.
func TestRefusalsAreReported(t *testing.T) {
	b := newBench(t, func(c *Config) { c.Region = "eu" })
	require.NoError(t, b.emitRelayRefused(t.Context()))
	require.Empty(t, b.reports(), "nothing was refused")
	stranger := factstest.Key(t, "stranger")
	b.send(b.wrong(func(*servicetypes.RelayRequest) {}, stranger)) // the session is not known here yet
	req := b.Chat("{}")
	b.served(req, b.send(req))
	b.send(req) // served already
	b.send(b.wrong(func(*servicetypes.RelayRequest) {}, stranger))
	b.send(b.wrong(func(*servicetypes.RelayRequest) {}, stranger))
	b.send(b.wrong(func(r *servicetypes.RelayRequest) { r.Meta.SessionHeader.SessionId = "made up" }, stranger))
	b.send(b.wrong(func(r *servicetypes.RelayRequest) { r.Meta.SessionHeader.ServiceId = "made up" }, b.Gateway))
	b.send(b.wrong(func(r *servicetypes.RelayRequest) { r.Meta.SupplierOperatorAddress = stranger.Address() }, b.Gateway))
	b.post([]byte("garbage"))
	b.answerWith(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	b.send(b.Chat("an error that nobody pays for"))
	b.answerWith(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	b.send(b.Chat("broken off"))
	require.NoError(t, b.emitRelayRefused(t.Context()))

	reports := b.reports()
	require.Len(t, reports, 1)
	require.Equal(t, []any{b.log.incarnation, uint64(1), "eu"}, []any{reports[0].Relayer, reports[0].Number, reports[0].Region})
	header := b.Header(b.Height())
	whole := relayv1.RefusedCount{
		Supplier: b.Suppliers[0].Address(), Application: b.App.Address(), Service: factstest.Service, SessionId: header.SessionId,
		EndHeight: header.SessionEndBlockHeight, Gateway: b.Gateway.Address(), GatewayBy: relayv1.GatewayBy_GATEWAY_BY_RING,
	}
	of := func(k *relayv1.RefusedCount, cause, backend string, n uint64) *relayv1.RefusedCount {
		k.Cause, k.Backend, k.Relays = cause, backend, n
		return k
	}
	supplier := func() *relayv1.RefusedCount {
		return &relayv1.RefusedCount{Service: factstest.Service, Supplier: b.Suppliers[0].Address()}
	}
	clone := func() *relayv1.RefusedCount { return proto.CloneOf(&whole) }
	want := []*relayv1.RefusedCount{
		of(supplier(), "signature", "", 2), // not known here yet; and the session that is made up
		of(clone(), "replay", "", 1),
		of(clone(), "signature", "", 2),
		of(&relayv1.RefusedCount{}, "unknown_service", "", 1),
		of(&relayv1.RefusedCount{Service: factstest.Service}, "unknown_supplier", "", 1),
		of(&relayv1.RefusedCount{}, "decode", "", 1),
		of(clone(), "backend_status", "backend", 1),
		of(clone(), "backend", "backend", 1),
	}
	texts := func(list []*relayv1.RefusedCount) (all []string) {
		for _, c := range list {
			all = append(all, c.String())
		}
		return all
	}
	require.ElementsMatch(t, texts(want), texts(reports[0].Counts))
}

// deaf is a bus that stores what it is given, and whose answers do not come back.
type deaf struct{ publisher }

func (d deaf) PublishContent(ctx context.Context, c bus.Content) (uint64, bool, error) {
	_, _, _ = d.publisher.PublishContent(ctx, c)
	return 0, false, errors.New("no answer")
}

// TestReportsAreSaidAgain: a report whose confirmation was lost comes again as it was, and what was refused meanwhile is in
// the next one.
func TestReportsAreSaidAgain(t *testing.T) {
	b := newBench(t)
	b.refusals.bus = deaf{b.refusals.bus}
	b.post([]byte("garbage"))
	require.Error(t, b.emitRelayRefused(t.Context()))
	b.post([]byte("garbage"))
	require.Error(t, b.emitRelayRefused(t.Context()))
	b.refusals.bus = b.refusals.bus.(deaf).publisher
	b.reportLast(patience)
	reports := b.reports()
	require.Len(t, reports, 2)
	for i, r := range reports {
		require.EqualValues(t, i+1, r.Number)
		require.Len(t, r.Counts, 1)
		require.EqualValues(t, 1, r.Counts[0].Relays)
	}
}
