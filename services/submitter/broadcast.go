package submitter

import (
	"context"
	"errors"

	"github.com/cosmos/gogoproto/proto"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
)

// result is what became of one obligation's message.
type result struct {
	hash string // of the transaction it went in; empty when it could not be sent
	fee  uint64 // its share, in upokt
	err  error
}

// message makes an obligation's message and the last height that takes it.
type message func(*claimv1.Obligation) (proto.Message, int64, error)

// broadcast sends the obligations' messages in batches of one supplier, and stores for each what became of it.
func (s *Submitter) broadcast(ctx context.Context, h head, supplier string, due []*claimv1.Obligation, make message, note func(o *claimv1.Obligation, hash string)) {
	for len(due) > 0 {
		n := min(len(due), s.cfg.BatchSize)
		results := s.batch(ctx, h, supplier, due[:n], make)
		for i, o := range due[:n] {
			s.noteBroadcast(ctx, h, o, results[i], note)
		}
		due = due[n:]
	}
}

// batch sends all in one transaction. When that is refused it is halved, so that one bad message cannot hold back
// its siblings; when no node answered, no other cut can fare better. The results are in the order of due.
func (s *Submitter) batch(ctx context.Context, h head, supplier string, due []*claimv1.Obligation, make message) []result {
	msgs, last, err := messages(due, make)
	if err == nil {
		var r result
		if r, err = s.send(ctx, h, supplier, msgs, last); err == nil {
			r.fee = (r.fee + uint64(len(due)) - 1) / uint64(len(due))
			return repeat(r, len(due))
		}
	}
	if len(due) == 1 || ctx.Err() != nil || !errors.As(err, new(refused)) {
		return repeat(result{err: err}, len(due))
	}
	half := len(due) / 2
	return append(s.batch(ctx, h, supplier, due[:half], make), s.batch(ctx, h, supplier, due[half:], make)...)
}

func messages(due []*claimv1.Obligation, make message) (msgs []proto.Message, last int64, err error) {
	for i, o := range due {
		m, close, err := make(o)
		if err != nil {
			return nil, 0, refused{err}
		}
		msgs = append(msgs, m)
		if i == 0 || close < last {
			last = close
		}
	}
	return msgs, last, nil
}

func repeat(r result, n int) []result {
	out := make([]result, n)
	for i := range out {
		out[i] = r
	}
	return out
}

// noteBroadcast stores the attempt. A failed one counts, too: the next is a few blocks later.
func (s *Submitter) noteBroadcast(ctx context.Context, h head, o *claimv1.Obligation, r result, note func(o *claimv1.Obligation, hash string)) {
	next := with(o, func(o *claimv1.Obligation) {
		o.LastBroadcastHeight = h.height
		o.FeeUpokt += r.fee
		o.Reason = ""
		if r.err != nil {
			o.Reason = r.err.Error()
		}
		note(o, r.hash)
	})
	log := s.kit.Log.With("supplier", o.Terms.Supplier, "session", o.Terms.SessionId, "phase", o.Phase.String(), "height", h.height)
	if r.err != nil {
		s.metrics.broadcasts.WithLabelValues("refused").Inc()
		log.Warn("broadcast refused", "err", r.err)
	} else {
		s.metrics.broadcasts.WithLabelValues("taken").Inc()
		log.Info("broadcast", "tx", r.hash, "fee_upokt", r.fee)
	}
	if err := s.book.store(ctx, next); err != nil {
		log.Error("broadcast not recorded", "err", err)
	}
}
