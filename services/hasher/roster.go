package hasher

import (
	"maps"
	"slices"
	"time"
)

// leaseBeats is how many beats of a hasher another may miss before it counts as gone.
const leaseBeats = 3

// roster knows which hashers are alive. Time is that of the bus: when it stored a beat, compared with when it stored
// the newest one of this hasher. While the bus is away time stands still and nobody counts as gone.
type roster struct {
	self  string
	lease time.Duration
	last  map[string]time.Time // beat of each hasher
}

func newRoster(self string, lease time.Duration) *roster {
	return &roster{self: self, lease: lease, last: map[string]time.Time{}}
}

// heard notes a beat of a hasher.
func (r *roster) heard(hasher string, at time.Time) { r.last[hasher] = at }

// gone notes that a hasher said goodbye.
func (r *roster) gone(hasher string) { delete(r.last, hasher) }

// alive lists the hashers whose lease has not run out, sorted. Who has not heard itself knows of nobody.
func (r *roster) alive() []string {
	now, heard := r.last[r.self]
	if !heard {
		return nil
	}
	maps.DeleteFunc(r.last, func(_ string, at time.Time) bool { return now.Sub(at) > r.lease })
	return slices.Sorted(maps.Keys(r.last))
}
