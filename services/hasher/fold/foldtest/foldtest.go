// Package foldtest makes relay logs for tests, and what they come to by the book and the official trie.
package foldtest

import (
	"bytes"
	"crypto/sha256"
	"fmt"

	"github.com/pokt-network/smt"
	"github.com/pokt-network/smt/kvstore/simplemap"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/pocket/difficulty"
)

// ComputeUnits is the weight of every relay.
const ComputeUnits = 7

// Heights of every session, unless a test sets others.
const (
	EndHeight  = 20
	ClaimOpen  = 22
	ClaimClose = 26
)

// Half lets every other relay through.
var Half = difficulty.Target{0x80}

// Terms are those of one session.
func Terms(supplier, session string, target difficulty.Target) *relayv1.Terms {
	return &relayv1.Terms{
		Supplier: supplier, SessionId: session, EndHeight: EndHeight, ClaimOpenHeight: ClaimOpen, ClaimCloseHeight: ClaimClose,
		ComputeUnitsPerRelay: ComputeUnits, TargetHash: target[:],
	}
}

// Entry is one relay of the log: of a session, by the index of its terms.
type Entry struct {
	Session int
	Relay   string
}

// Some makes n relays of the first session, different from those of other numbers.
func Some(from, n int) (log []Entry) {
	for i := range n {
		log = append(log, Entry{0, fmt.Sprint("relay ", from+i)})
	}
	return log
}

// Group is a message of the log.
func Group(log []Entry, terms ...*relayv1.Terms) *relayv1.ServedGroup {
	g := &relayv1.ServedGroup{Relayer: "r", Terms: terms}
	for i, e := range log {
		g.Relays = append(g.Relays, &relayv1.Served{Terms: uint32(e.Session), Number: uint64(i + 1), Relay: []byte(e.Relay), StatusCode: 200, Model: "m"})
	}
	return g
}

// Encode is the message's bytes.
func Encode(t require.TestingT, g *relayv1.ServedGroup) []byte {
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(g)
	require.NoError(t, err)
	return raw
}

// Counts is what a session's fact must say about part of a log.
type Counts struct{ Logged, Mined, Filtered, Duplicate uint64 }

// CountsOf are those that a fact says.
func CountsOf(f *sessionv1.Sealed) Counts { return Counts{f.Logged, f.Mined, f.Filtered, f.Duplicate} }

// Reference counts a session's relays by the book and builds its trie with the official library. root is nil without a
// leaf.
func Reference(t require.TestingT, log []Entry, session int, target difficulty.Target) (c Counts, root []byte) {
	trie := smt.NewSparseMerkleSumTrie(simplemap.NewSimpleMap(), sha256.New(), smt.WithValueHasher(nil))
	seen := map[string]bool{}
	for _, e := range log {
		if e.Session != session {
			continue
		}
		c.Logged++
		hash := sha256.Sum256([]byte(e.Relay))
		switch {
		case bytes.Compare(hash[:], target[:]) >= 0:
			c.Filtered++
		case seen[e.Relay]:
			c.Duplicate++
		default:
			c.Mined++
			require.NoError(t, trie.Update(hash[:], []byte(e.Relay), ComputeUnits))
		}
		seen[e.Relay] = true
	}
	if c.Mined > 0 {
		root = trie.Root()
	}
	return c, root
}
