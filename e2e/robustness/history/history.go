// Package history keeps what relayers have answered, as the log confirmed it: a list that no service under test can reach.
package history

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
)

// Entry is one relay in one message of the log. A relay that is said in two messages has two entries.
type Entry struct {
	Relay    []byte
	Sequence uint64 // of the message
	Late     bool   // answered when the session's claim window was open already
}

// Session is what was answered for one session of one supplier.
type Session struct {
	Terms   *relayv1.Terms
	Entries []Entry
	Ended   bool // its claim has ended: nobody needs its relays any more
}

// OnTime is the last message that must be in the session's tree.
func (s *Session) OnTime() (last uint64) {
	for _, e := range s.Entries {
		if !e.Late {
			last = max(last, e.Sequence)
		}
	}
	return last
}

// History is safe for several goroutines.
type History struct {
	mu       sync.Mutex
	sessions map[string]*Session
}

// New is a history without a session.
func New() *History { return &History{sessions: map[string]*Session{}} }

// Key names a session of a supplier.
func Key(t *relayv1.Terms) string { return t.Supplier + "/" + t.SessionId }

// Answered adds what one message of the log has of a session.
func (h *History) Answered(terms *relayv1.Terms, relay []byte, sequence uint64, late bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.sessions[Key(terms)]
	if s == nil {
		s = &Session{Terms: terms}
		h.sessions[Key(terms)] = s
	}
	s.Entries = append(s.Entries, Entry{relay, sequence, late})
}

// End notes that the claim of a session has ended.
func (h *History) End(terms *relayv1.Terms) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sessions[Key(terms)].Ended = true
}

// Sessions is a copy of what was answered until now, by end height.
func (h *History) Sessions() []Session {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]Session, 0, len(h.sessions))
	for _, s := range slices.SortedFunc(maps.Values(h.sessions), byEnd) {
		out = append(out, Session{s.Terms, slices.Clone(s.Entries), s.Ended})
	}
	return out
}

func byEnd(a, b *Session) int {
	return cmp.Or(cmp.Compare(a.Terms.EndHeight, b.Terms.EndHeight), strings.Compare(Key(a.Terms), Key(b.Terms)))
}

// Relays counts entries.
func (h *History) Relays() (n int) {
	for _, s := range h.Sessions() {
		n += len(s.Entries)
	}
	return n
}
