package hasher

import (
	"context"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/pocket/smst"
)

func (w *world) prove(subject string, r *sessionv1.ProveRequest) *sessionv1.ProveReply {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 10*time.Second)
	defer cancel()
	reply := new(sessionv1.ProveReply)
	require.NoError(w.t, w.bus.Ask(ctx, subject, r, reply))
	return reply
}

// requireProofs asks for a few proofs of a session, of whichever hasher answers, until it gives them.
func (w *world) requireProofs(terms *relayv1.Terms, root []byte) {
	w.t.Helper()
	for i := range 5 {
		path := sha256.Sum256(fmt.Append(nil, terms.SessionId, i))
		request := &sessionv1.ProveRequest{Supplier: terms.Supplier, SessionId: terms.SessionId, Path: path[:], Root: root}
		var reply *sessionv1.ProveReply
		eventually(w.t, func() bool {
			reply = w.prove(bus.SessionProveSubject, request)
			return reply.Error == ""
		}, "proof given")
		require.NoError(w.t, smst.VerifyProof(reply.Proof, smst.Digest(root)))
	}
}

// Any hasher proves any session: its owner, another that asks the owner, or one that finds no owner.
func TestProofsFromAnyHasher(t *testing.T) {
	w := newWorld(t)
	terms := termsOf("s1", "aa")
	a := w.start()
	a.owns(4)
	b := w.start()
	a.owns(2)
	b.owns(2)
	w.serve(some(0, 30), terms)
	w.serve(some(20, 30), terms)
	w.block(22)
	fact := w.requireFact(terms, append(some(0, 30), some(20, 30)...))
	path := sha256.Sum256([]byte("x"))
	request := &sessionv1.ProveRequest{Supplier: "s1", SessionId: "aa", Path: path[:], Root: fact.Root}
	owners := 0
	for _, h := range []*running{a, b} {
		reply := w.prove(bus.FoldProveSubject(h.self), request)
		if reply.Error == "" {
			require.NoError(t, smst.VerifyProof(reply.Proof, smst.Digest(fact.Root)))
			owners++
		} else {
			require.Contains(t, reply.Error, "not here")
		}
		proof, err := h.askOwner(t.Context(), request)
		require.Equal(t, reply.Error != "", err == nil, "one asks the other")
		if err == nil {
			require.NoError(t, smst.VerifyProof(proof, smst.Digest(fact.Root)))
		}
		proof, err = h.proveFromLog(t.Context(), request)
		require.NoError(t, err)
		require.NoError(t, smst.VerifyProof(proof, smst.Digest(fact.Root)))
	}
	require.Equal(t, 1, owners)
	w.requireProofs(terms, fact.Root)
}

func TestProofsThatCannotBeGiven(t *testing.T) {
	w := newWorld(t)
	terms := termsOf("s1", "aa")
	h := w.start()
	h.owns(4)
	w.serve(some(0, 30), terms)
	w.folded(terms, 30)
	ask := func(change func(*sessionv1.ProveRequest)) string {
		r := &sessionv1.ProveRequest{Supplier: "s1", SessionId: "aa", Path: make([]byte, 32), Root: make([]byte, 48)}
		change(r)
		reply := w.prove(bus.SessionProveSubject, r)
		require.Empty(t, reply.Proof)
		return reply.Error
	}
	require.Contains(t, ask(func(*sessionv1.ProveRequest) {}), "not sealed")
	require.Contains(t, ask(func(r *sessionv1.ProveRequest) { r.SessionId = "other" }), "not here")
	w.block(22)
	w.requireFact(terms, some(0, 30))
	require.Contains(t, ask(func(*sessionv1.ProveRequest) {}), "the root here is")
	require.Contains(t, ask(func(r *sessionv1.ProveRequest) { r.Path = nil }), "path has 0 bytes")
	require.Contains(t, ask(func(r *sessionv1.ProveRequest) { r.Root = nil }), "root has 0 bytes")
	msg, err := w.bus.NC.Request(bus.SessionProveSubject, []byte{0xff}, 5*time.Second)
	require.NoError(t, err)
	require.Contains(t, string(msg.Data), "cannot parse")
}
