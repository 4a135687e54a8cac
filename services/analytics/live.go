package analytics

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// What bounds those who watch.
const (
	liveEvery   = time.Second      // between two looks, while anybody watches
	liveBeat    = 15 * time.Second // between two signs of life
	maxWatchers = 256              // of one process
)

// progress is how far the store has come. What it was before has changed no more when it is equal.
type progress struct {
	Height int64     `json:"height"` // last block
	Time   time.Time `json:"time"`   // of that block
	Rolled time.Time `json:"rolled"` // when relays were last summed
}

// sqlProgress is asked for instead of what this process stores itself: of several replicas each stores a part.
const sqlProgress = `SELECT (SELECT max(height) FROM blocks), (SELECT max(time) FROM blocks), (SELECT max(built_at) FROM rollups)`

// live tells who watches when there is something new. One query a second serves all of them, none where nobody watches.
type live struct {
	mu       sync.Mutex
	last     progress
	watchers map[chan progress]bool
}

// watch looks and tells until ctx ends.
func (s *Service) watch(ctx context.Context) error {
	defer s.live.end()
	ticks := time.NewTicker(liveEvery)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticks.C:
		}
		if !s.live.watched() {
			continue
		}
		var now progress
		if err := s.conn.QueryRow(ctx, sqlProgress).Scan(&now.Height, &now.Time, &now.Rolled); err != nil {
			s.log.Warn("progress for watchers is not known", "err", err)
			continue
		}
		s.live.tell(now)
	}
}

func (l *live) watched() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.watchers) > 0
}

// tell gives new progress to everybody. Who has not taken the one before gets this one instead.
func (l *live) tell(now progress) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now == l.last {
		return
	}
	l.last = now
	for c := range l.watchers {
		select {
		case <-c:
		default:
		}
		c <- now
	}
}

// join is a channel with the newest progress in it, if one is known; false: there are too many.
func (l *live) join() (chan progress, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.watchers == nil || len(l.watchers) >= maxWatchers {
		return nil, false
	}
	c := make(chan progress, 1)
	if l.last.Height > 0 {
		c <- l.last
	}
	l.watchers[c] = true
	return c, true
}

func (l *live) leave(c chan progress) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.watchers, c)
}

// end lets everybody go, and nobody in.
func (l *live) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.watchers {
		close(c)
	}
	l.watchers = nil
}

// ServeHTTP is GET /v1/live: a server-sent event for each progress, until either side ends.
func (l *live) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	news, ok := l.join()
	if !ok {
		w.Header().Set("Retry-After", "30")
		http.Error(w, "too many watch", http.StatusServiceUnavailable)
		return
	}
	defer l.leave(news)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // proxies pass each event on
	out := http.NewResponseController(w)
	beat := time.NewTicker(liveBeat)
	defer beat.Stop()
	text := ": hello\n\n"
	for {
		_ = out.SetWriteDeadline(time.Now().Add(liveBeat))
		if _, err := fmt.Fprint(w, text); err != nil || out.Flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case now, open := <-news:
			if !open {
				return
			}
			said, _ := json.Marshal(now)
			text = fmt.Sprintf("event: progress\ndata: %s\n\n", said)
		case <-beat.C:
			text = ": \n\n"
		}
	}
}
