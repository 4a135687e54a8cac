package hasher

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/pocket/smst"
)

// answerSessionProve builds closest proofs of sealed sessions.
func (h *Hasher) answerSessionProve(ctx context.Context) error {
	return h.bus.Answer(ctx, bus.SessionProveSubject, func(ctx context.Context, raw []byte) proto.Message {
		request := new(sessionv1.ProveRequest)
		err := proto.Unmarshal(raw, request)
		var proof []byte
		if err == nil {
			proof, err = h.prove(ctx, request)
		}
		if err != nil {
			h.kit.Log.Warn("proof not built", "supplier", request.Supplier, "session", request.SessionId, "err", err)
			return &sessionv1.ProveReply{Error: err.Error()}
		}
		h.metrics.proofs.Inc()
		return &sessionv1.ProveReply{Proof: proof}
	})
}

// prove opens the sealed root of a session at the leaf closest to the path. The leaf's bytes are read from the log,
// and the proof is verified as the chain will before it is given out.
func (h *Hasher) prove(ctx context.Context, r *sessionv1.ProveRequest) ([]byte, error) {
	if len(r.Path) != len(smst.Path{}) {
		return nil, fmt.Errorf("path has %d bytes", len(r.Path))
	}
	proof, at, err := h.state.closest(key{r.Supplier, r.SessionId}, smst.Path(r.Path), r.Root)
	if err != nil {
		return nil, err
	}
	group := new(relayv1.ServedGroup)
	if err := h.bus.At(ctx, bus.StreamRelays, at.sequence, group); err != nil {
		return nil, err
	}
	if int(at.index) >= len(group.Relays) {
		return nil, fmt.Errorf("log message %d has no relay %d", at.sequence, at.index)
	}
	encoded, err := proof.Encode(group.Relays[at.index].Relay)
	if err != nil {
		return nil, err
	}
	return encoded, smst.VerifyProof(encoded, smst.Digest(r.Root))
}

// closest finds the leaf and where its bytes are.
func (s *state) closest(k key, path smst.Path, root []byte) (smst.Proof, place, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.trees[k]
	if t == nil {
		return smst.Proof{}, place{}, errors.New("this session is not here")
	}
	if t.sealed == nil || s.folded < t.sealed.LogSequence {
		return smst.Proof{}, place{}, errors.New("this session is not sealed and folded here yet")
	}
	have := t.build().Root()
	if !bytes.Equal(have[:], root) {
		return smst.Proof{}, place{}, fmt.Errorf("the root here is %x, asked for %x", have[:], root)
	}
	proof, err := t.build().Closest(path)
	if err != nil {
		return smst.Proof{}, place{}, err
	}
	return proof, t.places[proof.Arrival], nil
}
