package relayer

import (
	"context"
	"errors"
	"fmt"
	"time"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/relayer/refusals"
	"github.com/lodeworks/lode/services/relayer/upstream"
)

// maxRefusals is how many counts one report has, beside one for each cause: about 300 kB.
const maxRefusals = 1000

// refused are the relays that were refused since the last report, and the report that is on its way. One goroutine
// reports.
type refused struct {
	bus    publisher
	counts *refusals.Counts
	number uint64           // of the last report
	report *relayv1.Refused // that the bus has not confirmed; nil: none
}

// countRefused counts a relay that was not served. What the request says of itself is believed only where it names a
// session that the chain has, with a supplier that is in it.
func (s *setup) countRefused(a admitted, why *refusal) {
	s.metrics.refused.WithLabelValues(why.cause).Inc()
	if !a.simulated {
		s.unserved(a, why.cause, backendOf(why))
	}
}

// unserved counts a relay that is not in the log, for a cause, by what is known of it.
func (s *setup) unserved(a admitted, cause, backend string) {
	k := refusals.Key{Cause: cause, Backend: backend}
	if a.request != nil {
		s.identify(&k, a.request.Meta, a.gateway)
	}
	s.refusals.counts.Add(k)
}

// identify says in the key what the request is of, as far as that can be trusted.
func (s *setup) identify(k *refusals.Key, meta servicetypes.RelayRequestMetadata, claimed string) {
	header := meta.SessionHeader
	if header == nil || s.backends[header.ServiceId] == nil {
		return
	}
	k.Service = header.ServiceId
	if s.keys.Signer(meta.SupplierOperatorAddress) == nil {
		return
	}
	k.Supplier = meta.SupplierOperatorAddress
	session := s.facts.KeptSession(header.ApplicationAddress, header.ServiceId, header.SessionStartBlockHeight)
	if session == nil || !sameHeader(header, session.Header) || session.Supplier(k.Supplier) == nil {
		return
	}
	k.Application, k.Session, k.EndHeight = header.ApplicationAddress, header.SessionId, header.SessionEndBlockHeight
	k.Gateway, k.GatewayBy = s.gatewayOf(header, claimed)
}

// backendOf is the backend whose fault a refusal is; empty: none's.
func backendOf(why error) string {
	var failed *upstream.Error
	if errors.As(why, &failed) {
		return failed.Backend
	}
	return ""
}

// reportRefusals says at intervals what was refused, until ctx ends.
func (s *Relayer) reportRefusals(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(s.now().cfg.RefusalsEvery):
		}
		if err := s.emitRelayRefused(ctx); err != nil && ctx.Err() == nil {
			s.kit.Log.Warn("refused relays are not reported yet", "err", err)
		}
	}
}

// emitRelayRefused reports what was refused since the report before. A report that may not have got there is said again as
// it was, for it has its number; what is refused meanwhile is in the next one.
func (s *Relayer) emitRelayRefused(ctx context.Context) error {
	r := &s.refusals
	if r.report == nil {
		counts := r.counts.Take()
		if len(counts) == 0 {
			return nil
		}
		r.number++
		r.report = &relayv1.Refused{
			Relayer: s.log.incarnation, Number: r.number, Region: s.now().cfg.Region, UntilUnixNano: time.Now().UnixNano(), Counts: counts,
		}
	}
	content, err := bus.NewContent(bus.RelayRefusedSubject, r.report)
	if err != nil {
		return fmt.Errorf("report refused relays: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if _, _, err := r.bus.PublishContent(ctx, content); err != nil {
		return fmt.Errorf("report refused relays: %w", err)
	}
	r.report = nil
	return nil
}

// reportLast reports what was refused until the end, within patience.
func (s *Relayer) reportLast(patience time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := errors.Join(s.emitRelayRefused(ctx), s.emitRelayRefused(ctx)); err != nil { // one that waited, and the last
		s.kit.Log.Warn("refused relays were not reported", "err", err)
	}
}
