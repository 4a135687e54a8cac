// Package traffic sends chat requests through a gateway as an application would, and counts what came back.
package traffic

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// Options say what to send.
type Options struct {
	Gateway  string        // base URL
	Model    string        // model name
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
	Failed   int            // errors; whether the relay is in the log is not known
	Sessions map[string]int // answered, by session id
	Errors   map[string]int // by text, cut short
}

// Run sends until Total answers are back or ctx ends. A request that failed is made up for by another one.
func Run(ctx context.Context, o Options) Counts {
	s := &sender{Options: o, client: &http.Client{Timeout: 2 * time.Minute}, counts: Counts{Sessions: map[string]int{}, Errors: map[string]int{}}}
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
	claimed int // requests that are under way or answered
	sent    int
	counts  Counts
}

func (s *sender) loop(ctx context.Context) {
	for ctx.Err() == nil {
		n, ok := s.take()
		if !ok {
			return
		}
		session, err := s.ask(ctx, n)
		if ctx.Err() != nil {
			return
		}
		s.note(session, err)
		pause := s.Every
		if err != nil {
			pause = max(pause, 200*time.Millisecond)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// take reserves one of the requests that are still to be answered, with a running number.
func (s *sender) take() (int, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.MaxFailures > 0 && s.counts.Failed >= s.MaxFailures || s.Total > 0 && s.claimed >= s.Total {
		return 0, false
	}
	s.claimed++
	s.sent++
	return s.sent, true
}

func (s *sender) note(session string, err error) {
	s.mu.Lock()
	if err != nil {
		s.claimed--
		s.counts.Failed++
		s.counts.Errors[fmt.Sprintf("%.240s", err)]++
	} else {
		s.counts.Answered++
		s.counts.Sessions[session]++
	}
	answered := s.counts.Answered
	s.mu.Unlock()
	if err == nil && s.After != nil {
		s.After(answered)
	}
}

// prompts are what the demo asks; a number makes each request another one.
var prompts = []string{"What does the river carry?", "How is a ledger kept?", "Who mines at night?", "What makes a craft?"}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 1 << 20

// ask sends one chat request and returns the session that paid for it.
func (s *sender) ask(ctx context.Context, n int) (string, error) {
	body, err := json.Marshal(map[string]any{
		"model": s.Model, "max_tokens": 24, "seed": n,
		"messages": []map[string]string{{"role": "user", "content": fmt.Sprintf("%s (%d)", prompts[n%len(prompts)], n)}},
	})
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Gateway+"/v1/chat/completions", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := s.client.Do(req)
	if err != nil {
		return "", fmt.Errorf("gateway not reached")
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return "", fmt.Errorf("answer broke off")
	}
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("status %d: %s", res.StatusCode, raw)
	}
	return res.Header.Get("Lode-Session"), nil
}
