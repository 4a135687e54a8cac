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

// failureWatch passes every record on and closes seen at the first consensus
// failure.
type failureWatch struct {
	slog.Handler
	// seen is closed once; shared by the handlers derived from one another.
	seen chan struct{}
	once *sync.Once
}

func watchFailure(h slog.Handler) failureWatch {
	return failureWatch{Handler: h, seen: make(chan struct{}), once: new(sync.Once)}
}

// Enabled lets errors through to Handle whatever the level asked for.
func (w failureWatch) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelError || w.Handler.Enabled(ctx, level)
}

func (w failureWatch) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelError && strings.HasPrefix(r.Message, consensusFailure) {
		w.once.Do(func() { close(w.seen) })
	}
	if !w.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return w.Handler.Handle(ctx, r)
}

func (w failureWatch) WithAttrs(attrs []slog.Attr) slog.Handler {
	return failureWatch{Handler: w.Handler.WithAttrs(attrs), seen: w.seen, once: w.once}
}

func (w failureWatch) WithGroup(name string) slog.Handler {
	return failureWatch{Handler: w.Handler.WithGroup(name), seen: w.seen, once: w.once}
}
