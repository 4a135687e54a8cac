// Package fault runs hashers as processes and breaks them by a plan.
package fault

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Kind is what is done to a process.
type Kind string

// Kinds of faults.
const (
	Kill    Kind = "kill"    // SIGKILL, and a new process after a while
	Pause   Kind = "pause"   // SIGSTOP, and SIGCONT after a while: it wakes up and knows nothing of what happened
	Restart Kind = "restart" // SIGTERM, and a new process as soon as it has ended
)

// Fault is one event in the life of a process.
type Fault struct {
	After time.Duration // since the one before it is over
	Kind  Kind
	For   time.Duration // until the process, or a new one, runs again
}

// Plan has the faults of each process, one after another.
type Plan [][]Fault

// NewPlan draws faults for some processes until a time has passed, the same for the same seed. Those of two processes
// overlap as they may; the first process is paused first, so that this is part of every run.
func NewPlan(seed uint64, processes int, total, pause time.Duration) Plan {
	plan := make(Plan, processes)
	for n := range plan {
		random := rand.New(rand.NewPCG(seed, uint64(n)))
		for at := time.Duration(0); ; {
			f := Fault{After: 500*time.Millisecond + time.Duration(random.Int64N(int64(2500*time.Millisecond)))}
			switch kind := random.IntN(4); {
			case kind == 0 || n == 0 && len(plan[n]) == 0:
				f.Kind, f.For = Pause, pause
			case kind == 1:
				f.Kind = Restart
			default:
				f.Kind, f.For = Kill, time.Duration(random.Int64N(int64(2*time.Second)))
			}
			if at += f.After + f.For; at > total {
				break
			}
			plan[n] = append(plan[n], f)
		}
	}
	return plan
}

// String is one line for each process.
func (p Plan) String() string {
	var b strings.Builder
	for n, faults := range p {
		fmt.Fprintf(&b, "process %d:", n)
		for _, f := range faults {
			fmt.Fprintf(&b, " +%v %s", f.After.Round(time.Millisecond), f.Kind)
			if f.For > 0 {
				fmt.Fprintf(&b, " %v", f.For.Round(time.Millisecond))
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// Count is how many faults of a kind there are.
func (p Plan) Count(kind Kind) (n int) {
	for _, faults := range p {
		for _, f := range faults {
			if f.Kind == kind {
				n++
			}
		}
	}
	return n
}
