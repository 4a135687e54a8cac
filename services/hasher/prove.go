package hasher

import (
	"context"
	"errors"
	"fmt"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/hasher/fold"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/pocket/smst"
)

// proveHere opens the sealed root of a session that is folded here; fold.ErrUnknown: it is not.
func (h *Hasher) proveHere(ctx context.Context, r *sessionv1.ProveRequest) ([]byte, error) {
	w := h.workers.all()[h.partitionOf(keyOf(r))]
	if w == nil || !w.loaded.Load() {
		return nil, fold.ErrUnknown
	}
	return h.prove(ctx, r, func(path smst.Path) (smst.Proof, fold.Place, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.fold.Closest(keyOf(r), path, r.Root)
	})
}

// proveFromLog is proveHere for a session that nobody has folded: it takes as long as loading its partition.
func (h *Hasher) proveFromLog(ctx context.Context, r *sessionv1.ProveRequest) ([]byte, error) {
	p := fold.New(func(fold.Key) bool { return true })
	if err := h.onFoldCommitted(ctx, h.partitionOf(keyOf(r)), p); err != nil {
		return nil, err
	}
	return h.prove(ctx, r, func(path smst.Path) (smst.Proof, fold.Place, error) { return p.Closest(keyOf(r), path, r.Root) })
}

func keyOf(r *sessionv1.ProveRequest) fold.Key {
	return fold.Key{Supplier: r.Supplier, Session: r.SessionId}
}

// prove opens the root at the leaf closest to the path. The leaf's bytes are read from the relay log, and the proof is
// verified as the chain will before it is given out.
func (h *Hasher) prove(ctx context.Context, r *sessionv1.ProveRequest, closest func(smst.Path) (smst.Proof, fold.Place, error)) ([]byte, error) {
	if len(r.Path) != len(smst.Path{}) {
		return nil, fmt.Errorf("path has %d bytes", len(r.Path))
	}
	if len(r.Root) != len(smst.Digest{}) {
		return nil, fmt.Errorf("root has %d bytes", len(r.Root))
	}
	proof, at, err := closest(smst.Path(r.Path))
	if err != nil {
		return nil, err
	}
	group := new(relayv1.ServedGroup)
	if err := h.bus.At(ctx, bus.StreamRelays, at.Sequence(), group); err != nil {
		return nil, err
	}
	if at.Index() >= len(group.Relays) {
		return nil, fmt.Errorf("log message %d has no relay %d", at.Sequence(), at.Index())
	}
	encoded, err := proof.Encode(group.Relays[at.Index()].Relay)
	if err != nil {
		return nil, err
	}
	if err := smst.VerifyProof(encoded, smst.Digest(r.Root)); err != nil {
		return nil, errors.Join(errors.New("the proof does not open the root"), err)
	}
	return encoded, nil
}
