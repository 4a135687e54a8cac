package hasher

import (
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/proto"

	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/hasher/fold"
	"github.com/lodeworks/lode/services/kit/bus"
)

// answerSessionProve builds closest proofs of sealed sessions. Any hasher is asked: one that does not own the session's
// partition asks its owner, and where there is none goes by the fold log.
func (h *Hasher) answerSessionProve(ctx context.Context) error {
	return h.answerProofs(ctx, bus.SessionProveSubject, func(ctx context.Context, r *sessionv1.ProveRequest) ([]byte, error) {
		proof, err := h.proveHere(ctx, r)
		if !errors.Is(err, fold.ErrUnknown) {
			return proof, err
		}
		if proof, err = h.askOwner(ctx, r); err == nil {
			return proof, nil
		}
		return h.proveFromLog(ctx, r)
	})
}

// answerProofs answers requests for proofs on one subject.
func (h *Hasher) answerProofs(ctx context.Context, subject string, prove func(context.Context, *sessionv1.ProveRequest) ([]byte, error)) error {
	return h.bus.Answer(ctx, subject, func(ctx context.Context, raw []byte) proto.Message {
		request := new(sessionv1.ProveRequest)
		err := proto.Unmarshal(raw, request)
		var proof []byte
		if err == nil {
			proof, err = prove(ctx, request)
		}
		if err != nil {
			h.kit.Log.Warn("proof not built", "supplier", request.Supplier, "session", request.SessionId, "err", err)
			return &sessionv1.ProveReply{Error: err.Error()}
		}
		h.metrics.proofs.Inc()
		return &sessionv1.ProveReply{Proof: proof}
	})
}

// askOwner asks the hasher that owns the session's partition.
func (h *Hasher) askOwner(ctx context.Context, r *sessionv1.ProveRequest) ([]byte, error) {
	h.shareMu.Lock()
	owner := h.holders[h.partitionOf(fold.Key{Supplier: r.Supplier, Session: r.SessionId})].hasher
	h.shareMu.Unlock()
	if owner == "" || owner == h.self {
		return nil, fold.ErrUnknown
	}
	ctx, cancel := context.WithTimeout(ctx, ownerTime)
	defer cancel()
	reply := new(sessionv1.ProveReply)
	if err := h.bus.Ask(ctx, bus.FoldProveSubject(owner), r, reply); err != nil {
		return nil, err
	}
	if reply.Error != "" {
		return nil, errors.New(reply.Error)
	}
	return reply.Proof, nil
}

// ownerTime is how long an owner may take for a proof before the fold log is read instead.
const ownerTime = time.Second
