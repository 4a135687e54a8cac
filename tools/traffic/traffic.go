// Package traffic sends chat requests through a gateway as an application would, and counts what came back: by the
// official OpenAI client, whole and streamed, and by WebSocket.
//
//	traffic.go  who sends what when, and the counts
//	chat.go     requests by HTTP;  line.go  messages by WebSocket
package traffic

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Kind is a way in which a request goes. Each makes one relay of a request.
type Kind int

// The kinds.
const (
	Unary     Kind = iota // a whole answer
	Streamed              // server-sent events
	Websocket             // a message and its answer
)

// Options say what to send.
type Options struct {
	Gateway  string        // base URL
	Model    string        // model name
	Mix      []Kind        // kinds in turn; empty: all are Unary
	Total    int           // requests to send; 0: until the context ends
	Parallel int           // requests under way at once
	Every    time.Duration // pause of each sender between requests
	// MaxFailures ends the run after so many failed requests; 0: never.
	MaxFailures int
	// After is called after each answer that is not an error, with the number of those so far; may be nil.
	After func(answered int)
}

// Counts are what came back.
type Counts struct {
	Answered int            // verified answers: each is a relay that was paid attention for
	Kinds    map[Kind]int   // answered, by kind
	Sessions map[string]int // answered, by session id
	Failed   int            // errors; whether the relay is in the log is not known
	Lost     map[string]int // of those, by session id, if it is known in which the relay would be
	Errors   map[string]int // by text, cut short
}

// Located tells whether the session of each failed request is known.
func (c Counts) Located() bool {
	failed := c.Failed
	for _, n := range c.Lost {
		failed -= n
	}
	return failed == 0
}

// Run sends until Total answers are back or ctx ends. A request that failed is made up for by another one of its kind.
func Run(ctx context.Context, o Options) Counts {
	if len(o.Mix) == 0 {
		o.Mix = []Kind{Unary}
	}
	s := &sender{Options: o, client: &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}}
	defer s.client.CloseIdleConnections()
	s.counts = Counts{Kinds: map[Kind]int{}, Sessions: map[string]int{}, Lost: map[string]int{}, Errors: map[string]int{}}
	var wait sync.WaitGroup
	for range max(1, o.Parallel) {
		wait.Go(func() { s.loop(ctx) })
	}
	wait.Wait()
	return s.counts
}

type sender struct {
	Options
	client *http.Client

	mu      sync.Mutex
	claimed int   // requests that are under way or answered, or failed and in again
	again   []int // of those, the failed ones
	sent    int
	counts  Counts
}

// outcome is what became of one request.
type outcome struct {
	session string // empty: not known
	err     error
}

func (s *sender) loop(ctx context.Context) {
	l := &line{gateway: s.Gateway, model: s.Model, client: s.client}
	defer l.close()
	for ctx.Err() == nil {
		slot, n, ok := s.take()
		if !ok {
			return
		}
		got := s.send(ctx, l, s.kind(slot), n)
		if ctx.Err() != nil {
			return
		}
		s.note(slot, got)
		pause := s.Every
		if got.err != nil {
			pause = max(pause, 200*time.Millisecond)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

func (s *sender) kind(slot int) Kind { return s.Mix[slot%len(s.Mix)] }

func (s *sender) send(ctx context.Context, l *line, kind Kind, n int) outcome {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	switch kind {
	case Streamed:
		return s.stream(ctx, n)
	case Websocket:
		return l.ask(ctx, question(s.Model, n))
	default:
		return s.chat(ctx, n)
	}
}

// take reserves one of the requests that are still to be answered; n is a number that no other sending has.
func (s *sender) take() (slot, n int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.MaxFailures > 0 && s.counts.Failed >= s.MaxFailures {
		return 0, 0, false
	}
	s.sent++
	if last := len(s.again) - 1; last >= 0 {
		slot, s.again = s.again[last], s.again[:last]
		return slot, s.sent, true
	}
	if s.Total > 0 && s.claimed >= s.Total {
		return 0, 0, false
	}
	s.claimed++
	return s.claimed - 1, s.sent, true
}

func (s *sender) note(slot int, got outcome) {
	s.mu.Lock()
	if got.err != nil {
		s.again = append(s.again, slot)
		s.counts.Failed++
		s.counts.Errors[fmt.Sprintf("%.240s", got.err)]++
		if got.session != "" {
			s.counts.Lost[got.session]++
		}
	} else {
		s.counts.Answered++
		s.counts.Kinds[s.kind(slot)]++
		s.counts.Sessions[got.session]++
	}
	answered := s.counts.Answered
	s.mu.Unlock()
	if got.err == nil && s.After != nil {
		s.After(answered)
	}
}
