package hasher

import (
	"bytes"
	"crypto/sha256"
	"testing"
	"time"

	"context"

	"github.com/stretchr/testify/require"

	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/pocket/smst"
)

func (w *world) prove(r *sessionv1.ProveRequest) *sessionv1.ProveReply {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 10*time.Second)
	defer cancel()
	reply := new(sessionv1.ProveReply)
	require.NoError(w.t, w.bus.Ask(ctx, bus.SessionProveSubject, r, reply))
	return reply
}

func TestProofsOpenTheSealedRoot(t *testing.T) {
	w := newWorld(t)
	terms := termsOf("s1", "aa", half)
	h := w.start()
	w.serve(some(0, 30), terms)
	w.serve(some(20, 30), terms)
	w.block(22)
	fact := w.requireFact(terms, append(some(0, 30), some(20, 30)...))
	check := func(seed string) {
		path := sha256.Sum256([]byte(seed))
		reply := w.prove(&sessionv1.ProveRequest{Supplier: "s1", SessionId: "aa", Path: path[:], Root: fact.Root})
		require.Empty(t, reply.Error)
		require.NoError(t, smst.VerifyProof(reply.Proof, smst.Digest(fact.Root)))
		proof, err := smst.DecodeProof(reply.Proof)
		require.NoError(t, err)
		require.Equal(t, path[:], proof.Path)
		value, weight, err := proof.Value()
		require.NoError(t, err)
		require.EqualValues(t, cupr, weight)
		require.Contains(t, string(value), "relay ")
	}
	for _, seed := range []string{"a", "b", "c", "d"} {
		check(seed)
	}
	h.kill() // the next one has the tree from the log
	again := w.start()
	again.folds(fact.LogSequence)
	eventually(t, func() bool { return again.bus.NC.NumSubscriptions() > 0 && w.answers() }, "proofs answered")
	check("e")
}

// answers tells whether any hasher answers requests.
func (w *world) answers() bool {
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Second)
	defer cancel()
	return w.bus.Ask(ctx, bus.SessionProveSubject, &sessionv1.ProveRequest{}, new(sessionv1.ProveReply)) == nil
}

func TestProofsThatCannotBe(t *testing.T) {
	w := newWorld(t)
	terms, empty, open := termsOf("s1", "aa", half), termsOf("s1", "bb", [32]byte{}), termsOf("s1", "cc", half)
	open.ClaimOpenHeight = 1000
	w.start()
	w.serve([]entry{{0, "b"}, {1, "b"}, {2, "b"}}, terms, empty, open)
	w.block(22)
	fact := w.fact(terms)
	w.fact(empty)
	path := make([]byte, 32)
	other := bytes.Repeat([]byte{1}, 48)
	eventually(t, w.answers, "proofs answered")
	for name, c := range map[string]struct {
		request *sessionv1.ProveRequest
		says    string
	}{
		"unknown session":  {&sessionv1.ProveRequest{Supplier: "s1", SessionId: "zz", Path: path, Root: fact.Root}, "not here"},
		"unknown supplier": {&sessionv1.ProveRequest{Supplier: "s9", SessionId: "aa", Path: path, Root: fact.Root}, "not here"},
		"not sealed":       {&sessionv1.ProveRequest{Supplier: "s1", SessionId: "cc", Path: path, Root: fact.Root}, "not sealed"},
		"wrong root":       {&sessionv1.ProveRequest{Supplier: "s1", SessionId: "aa", Path: path, Root: other}, "the root here is"},
		"no root":          {&sessionv1.ProveRequest{Supplier: "s1", SessionId: "aa", Path: path}, "the root here is"},
		"short path":       {&sessionv1.ProveRequest{Supplier: "s1", SessionId: "aa", Path: path[:31], Root: fact.Root}, "31 bytes"},
		"no path":          {&sessionv1.ProveRequest{Supplier: "s1", SessionId: "aa", Root: fact.Root}, "0 bytes"},
		"nothing to prove": {&sessionv1.ProveRequest{Supplier: "s1", SessionId: "bb", Path: path, Root: make([]byte, 48)}, "no leaves"},
	} {
		reply := w.prove(c.request)
		require.Contains(t, reply.Error, c.says, name)
		require.Empty(t, reply.Proof, name)
	}
	msg, err := w.bus.NC.Request(bus.SessionProveSubject, []byte{0xff}, 10*time.Second)
	require.NoError(t, err)
	require.NotEmpty(t, msg.Data)
}
