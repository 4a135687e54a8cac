package run

import (
	"context"
	"os"
	"slices"
	"time"

	"github.com/lodeworks/lode/services/kit/conf"
)

// Reloader is a [Service] that takes another configuration while it runs. Of one that is not, the log's level alone can
// change without a restart.
type Reloader[C any] interface {
	// Reload takes of a valid configuration what can change while the service runs, and returns what is in force then:
	// the rest stays as it was. After an error nothing has changed. It is called by one at a time, maybe before Run.
	Reload(ctx context.Context, cfg C) (inForce C, err error)
}

// logLevel is the key that the shell itself takes.
const logLevel = "observe.log_level"

// lookEvery is how often the configuration's file is looked at.
const lookEvery = time.Second

// reloading keeps the configuration of a running service. A new one that cannot be used changes nothing.
type reloading[C Configured] struct {
	source  *conf.Source[C]
	inForce C
	take    func(context.Context, C) (C, error)
	kit     Kit
	metrics *metrics
	every   time.Duration
}

func newReloading[C Configured](cfg C, source *conf.Source[C], service Service, kit Kit) *reloading[C] {
	r := &reloading[C]{source: source, inForce: cfg, kit: kit, metrics: kit.metrics, every: lookEvery}
	r.metrics.loaded.SetToCurrentTime()
	r.take = func(context.Context, C) (C, error) { return r.inForce, nil }
	if able, ok := service.(Reloader[C]); ok {
		r.take = able.Reload
	}
	return r
}

// watch reads the configuration again whenever it is asked to, and when its file has changed, until ctx ends.
func (r *reloading[C]) watch(ctx context.Context, asked <-chan os.Signal) {
	tick := time.NewTicker(r.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-asked:
			r.reload(ctx)
		case <-tick.C:
			if r.source.Changed() {
				r.reload(ctx)
			}
		}
	}
}

func (r *reloading[C]) reload(ctx context.Context) {
	before := r.inForce
	wanted, err := r.source.Read()
	if err == nil {
		r.inForce, err = r.take(ctx, wanted)
	}
	if err != nil {
		r.inForce = before
		r.metrics.failed.Set(1)
		r.kit.Log.Error("the new configuration cannot be used; the one that was there stays", "err", err)
		return
	}
	level := wanted.Observe().level()
	waiting := slices.DeleteFunc(conf.Differences(r.inForce, wanted), func(key string) bool { return key == logLevel })
	r.kit.level.Set(level)
	r.metrics.failed.Set(0)
	r.metrics.loaded.SetToCurrentTime()
	r.metrics.waiting.Set(float64(len(waiting)))
	r.kit.Log.Info("configuration read again", "changed", conf.Differences(before, r.inForce), "level", level)
	if len(waiting) > 0 {
		r.kit.Log.Warn("parts of the new configuration need a restart", "keys", waiting)
	}
}
