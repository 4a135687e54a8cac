package hasher

import (
	"context"
	"fmt"
	"io"
)

// run is one run of everything.
type run struct {
	Config
	progress io.Writer
	trees    []tree // all relays are below their target
	report   report
	figures  Figures
	beside   Beside
}

// Run measures, writes a table to w, one line of JSON, [Beside], and last another, [Figures]. It tells progress what it
// is at.
func Run(ctx context.Context, cfg Config, w, progress io.Writer) error {
	r := &run{Config: cfg, progress: progress}
	var err error
	if r.trees, err = newTrees(cfg); err != nil {
		return err
	}
	for _, part := range []func(context.Context) error{r.live, r.redis, r.backlogs, r.restart, r.handover} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return r.report.write(w, r.beside, r.figures)
}

func (r *run) say(format string, args ...any) { fmt.Fprintf(r.progress, format+"\n", args...) }

// with sets a scene for f, and removes it.
func (r *run) with(ctx context.Context, sync string, trees []tree, f func(*scene) error) error {
	s, err := newScene(ctx, r.Config, trees, sync)
	if err != nil {
		return err
	}
	defer s.close()
	return f(s)
}
