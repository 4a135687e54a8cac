package hasher

import (
	"context"
	"errors"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/hasher/fold"
	"github.com/lodeworks/lode/services/kit/bus"
)

// settle makes what was loaded agree with what has been said: seals that were stored are said, unless they were, and
// sessions that have ended are forgotten.
func (w *worker) settle(ctx context.Context) error {
	w.mu.Lock()
	facts := w.fold.Sealed()
	w.mu.Unlock()
	if err := w.say(ctx, facts); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fold.Build()
	return nil
}

// adopt takes over the fact that was there before ours, and looks whether its session has ended.
func (w *worker) adopt(ctx context.Context, k fold.Key) error {
	fact := new(sessionv1.Sealed)
	_, found, err := w.h.bus.Last(ctx, bus.StreamSessions, bus.SessionSealedSubject(k.Supplier, k.Session), fact)
	if err != nil {
		return err
	}
	if !found || fact.Terms == nil {
		return errors.New("the sealed fact that won is not in the stream")
	}
	changed := new(claimv1.Changed)
	_, ended, err := w.h.bus.Last(ctx, bus.StreamClaims, bus.ClaimEndedSubject(k.Supplier, k.Session), changed)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fold.Adopt(fact) {
		w.h.kit.Log.Warn("session was sealed by another hasher first", "supplier", k.Supplier, "session", k.Session, "stream_seq", fact.LogSequence)
	}
	if ended && w.fold.End(k) {
		w.evidence.note(changed.Obligation)
	}
	w.noteLeaves()
	return nil
}
