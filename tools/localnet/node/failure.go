package node

import (
	"context"
	"log/slog"
	"strings"
	"sync"
)

// consensusFailure begins the line CometBFT logs when its consensus routine has
// panicked. The engine reports it in no other way: the node stays up, answers
// queries, and makes no more blocks.
const consensusFailure = "CONSENSUS FAILURE"

// failureWatch passes records on and closes seen at the first consensus failure.
// Once stopping is closed it passes nothing on: an engine that stops as asked
// complains about every listener it has closed itself.
type failureWatch struct {
	slog.Handler
	stopping <-chan struct{}
	// seen is closed once; shared by the handlers derived from one another.
	seen chan struct{}
	once *sync.Once
}

func watchFailure(h slog.Handler, stopping <-chan struct{}) failureWatch {
	return failureWatch{Handler: h, stopping: stopping, seen: make(chan struct{}), once: new(sync.Once)}
}

// Enabled lets errors through to Handle whatever the level asked for.
func (w failureWatch) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelError || w.Handler.Enabled(ctx, level)
}

func (w failureWatch) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelError && strings.HasPrefix(r.Message, consensusFailure) {
		w.once.Do(func() { close(w.seen) })
	}
	select {
	case <-w.stopping:
		return nil
	default:
	}
	if !w.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return w.Handler.Handle(ctx, r)
}

func (w failureWatch) WithAttrs(attrs []slog.Attr) slog.Handler {
	w.Handler = w.Handler.WithAttrs(attrs)
	return w
}

func (w failureWatch) WithGroup(name string) slog.Handler {
	w.Handler = w.Handler.WithGroup(name)
	return w
}
