package submitter

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/cosmos/gogoproto/proto"
	"golang.org/x/sync/errgroup"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	"github.com/lodeworks/lode/services/submitter/economics"
)

// round is one attempt to send a supplier's messages of one kind at one height.
type round struct {
	head     head
	supplier string
	kind     economics.Kind
	make     message
	note     func(o *claimv1.Obligation, hash string) // counts the attempt
}

// message makes an obligation's message and the last height that takes it.
type message func(*claimv1.Obligation) (proto.Message, int64, error)

// sending is one obligation whose message is to be sent.
type sending struct {
	before *claimv1.Obligation // this attempt
	now    *claimv1.Obligation // as it is in the book
	lost   bool                // to another submitter
}

// broadcast sends the obligations' messages in batches of one supplier.
func (s *Submitter) broadcast(ctx context.Context, r round, due []*claimv1.Obligation) {
	for _, list := range s.batches(r, due) {
		s.batch(ctx, r, list)
	}
}

// besides is what a transaction weighs beside its messages, in bytes, and messageBesides each message: more than enough.
const besides, messageBesides = 512, 64

// batches cuts what is due by number and weight.
func (s *Submitter) batches(r round, due []*claimv1.Obligation) (all [][]*sending) {
	weight := 0
	for i, o := range due {
		own := messageBesides
		if m, _, err := r.make(o); err == nil {
			own += proto.Size(m)
		}
		weight += own
		if i == 0 || len(all[len(all)-1]) == s.cfg.BatchSize || weight > s.cfg.MaxTxBytes {
			all, weight = append(all, nil), besides+own
		}
		all[len(all)-1] = append(all[len(all)-1], &sending{before: o, now: o})
	}
	return all
}

// batch sends all in one transaction. When that is refused it is halved, so that one bad message cannot hold back
// its siblings; when no node answered or the number was wrong, no other cut can fare better. What is another submitter's now goes without.
func (s *Submitter) batch(ctx context.Context, r round, list []*sending) {
	msgs, last, err := messages(list, r.make)
	var t transaction
	if err == nil {
		t, err = s.send(ctx, r, msgs, last, spread(r, list), func(t transaction) error { return s.intend(ctx, r, list, t) })
	}
	if !errors.As(err, new(refused)) {
		s.offers.keep(t, r.head.height, last)
	}
	switch {
	case err == nil:
		s.taken(r, list, t)
	case errors.Is(err, errLost):
		if rest := slices.DeleteFunc(slices.Clone(list), func(l *sending) bool { return l.lost }); len(rest) > 0 && len(rest) < len(list) {
			s.batch(ctx, r, rest)
		}
	case len(list) == 1 || ctx.Err() != nil || !errors.As(err, new(refused)) || errors.As(err, new(misnumbered)):
		s.failed(ctx, r, list, t, err)
	default:
		s.batch(ctx, r, list[:len(list)/2])
		s.batch(ctx, r, list[len(list)/2:])
	}
}

func messages(list []*sending, make message) (msgs []proto.Message, last int64, err error) {
	for i, l := range list {
		m, close, err := make(l.now)
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

// storesAtOnce is how many intents are stored side by side.
const storesAtOnce = 16

// intend stores for each obligation that the transaction is about to be sent. Who has lost one of them in the meantime
// fails here: the transaction must not be sent. What took longer than a lease is done again, for others may have taken
// over while this process stood still.
func (s *Submitter) intend(ctx context.Context, r round, list []*sending, t transaction) error {
	for {
		begun := time.Now()
		var group errgroup.Group // without a context: what is under way is stored or not, never unknown
		group.SetLimit(storesAtOnce)
		for _, l := range list {
			group.Go(func() error { return s.attempt(ctx, r, l, offered(r, list, t)) })
		}
		if err := group.Wait(); err != nil || time.Since(begun) < s.cfg.LeaseTTL {
			return err
		}
	}
}

// offered notes that the obligations' transaction was handed to nodes, or is about to be.
func offered(r round, list []*sending, t transaction) func(*claimv1.Obligation) {
	share := t.share(len(list))
	return func(o *claimv1.Obligation) {
		o.FeeUpokt += share
		o.Reason = ""
		r.note(o, t.hash)
		tried(o, r, t, nil)
	}
}

// attempt stores what became of the attempt for one obligation, as if nothing had been stored of it before.
func (s *Submitter) attempt(ctx context.Context, r round, l *sending, set func(*claimv1.Obligation)) error {
	next := l.next(r, set)
	err := s.book.store(ctx, l.now, next)
	if errors.Is(err, errLost) {
		l.lost = true
		s.metrics.lost.Inc()
	}
	if err == nil {
		l.now = next
	}
	return err
}

// next is the obligation after the attempt.
func (l *sending) next(r round, set func(*claimv1.Obligation)) *claimv1.Obligation {
	return with(l.before, func(o *claimv1.Obligation) {
		o.LastBroadcastHeight = r.head.height
		set(o)
	})
}

// taken says that a node's mempool has the messages. What nodes answered is stored with whatever comes next: it tells
// people about losses, and where the next attempt goes.
func (s *Submitter) taken(r round, list []*sending, t transaction) {
	s.metrics.broadcasts.WithLabelValues("taken").Add(float64(len(list)))
	s.fees.Paid(r.kind, t.share(len(list)))
	for _, l := range list {
		s.book.know(l.now, l.next(r, offered(r, list, t)))
		s.kit.Log.Info("broadcast", "supplier", r.supplier, "session", l.now.Terms.SessionId, "phase", l.now.Phase.String(), "height", r.head.height, "tx", t.hash)
	}
}

// failed stores that the attempt failed. It counts: the next is a few blocks later. What no node has judged may land
// all the same, so it costs what was offered for it.
func (s *Submitter) failed(ctx context.Context, r round, list []*sending, t transaction, cause error) {
	judged := errors.As(cause, new(refused))
	result, line := "unknown", "broadcast without answer"
	if judged {
		result, line = "refused", "broadcast refused"
	}
	s.metrics.broadcasts.WithLabelValues(result).Add(float64(len(list)))
	for _, l := range list {
		log := s.kit.Log.With("supplier", r.supplier, "session", l.now.Terms.SessionId, "phase", l.now.Phase.String(), "height", r.head.height)
		log.Warn(line, "err", cause)
		err := s.attempt(ctx, r, l, func(o *claimv1.Obligation) {
			if !judged && len(t.answers) > 0 {
				offered(r, list, t)(o)
			} else {
				r.note(o, "")
				tried(o, r, t, cause)
			}
			o.Reason = cut(cause.Error())
		})
		if err != nil {
			log.Error("broadcast not recorded", "err", err)
		}
	}
}
