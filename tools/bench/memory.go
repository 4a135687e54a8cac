package bench

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/lodeworks/lode/services/pocket/smst"
)

// errNoRSS is returned when Linux does not say how much memory is resident.
var errNoRSS = errors.New("no RssAnon in /proc/self/status")

// memory measures what a session's set and its tree, of which the root has been asked, hold for each leaf.
func (r *run) memory() error {
	perLeaf, err := r.growth(func() any {
		set := new(smst.Set)
		for i := range r.Session {
			key, value := relayOf(i)
			set.Add(smst.NewLeaf(key, value, weight))
		}
		tree := set.Tree()
		if tree.Root().Count() != uint64(r.Session) {
			return nil
		}
		return []any{set, tree}
	})
	if err != nil {
		return err
	}
	r.figures.BytesPerLeaf = figure(perLeaf)
	r.report.note("a session of %d leaves, set and tree: %.1f bytes of resident memory a leaf", r.Session, perLeaf)
	return nil
}

// growth is by how many bytes a leaf the process grows with what hold returns.
func (r *run) growth(hold func() any) (float64, error) {
	before, err := resident()
	if err != nil {
		return 0, err
	}
	held := hold()
	after, err := resident()
	runtime.KeepAlive(held)
	return float64(after-before) / float64(r.Session), err
}

// resident returns how many bytes of the process, files apart, are in memory once all garbage is given back.
func resident() (bytes int64, err error) {
	runtime.GC() // what pools keep takes two
	debug.FreeOSMemory()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, rest, found := strings.Cut(string(status), "\nRssAnon:")
	if !found {
		return 0, errNoRSS
	}
	if _, err := fmt.Sscanf(rest, "%d kB", &bytes); err != nil {
		return 0, fmt.Errorf("%w: %w", errNoRSS, err)
	}
	return bytes << 10, nil
}
