package relayer

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/tools/process"
)

// usage is what the relayer has used so far: its process, and messages of the log.
type usage struct {
	cpu         time.Duration
	busCPU      time.Duration
	loadCPU     time.Duration // of this process: load and backend
	allocated   float64       // bytes
	allocations float64
	collections float64 // of garbage
	switches    float64 // of context, asked for by its threads
	messages    uint64  // of the log, each synced
}

func (u usage) since(v usage) usage {
	return usage{
		u.cpu - v.cpu, u.busCPU - v.busCPU, u.loadCPU - v.loadCPU, u.allocated - v.allocated, u.allocations - v.allocations,
		u.collections - v.collections, u.switches - v.switches, u.messages - v.messages,
	}
}

// per writes what one of so many relays took.
func (u usage) per(relays int) string {
	n := float64(max(1, relays))
	return fmt.Sprintf("relayer %.3f ms CPU, %.0f allocations of %.1f KB, %.1f context switches; bus %.3f ms CPU, %.2f messages; load and backend %.3f ms CPU",
		milliseconds(u.cpu)/n, u.allocations/n, u.allocated/n/1000, u.switches/n, milliseconds(u.busCPU)/n, float64(u.messages)/n, milliseconds(u.loadCPU)/n)
}

// usage asks the relayer, the system and the bus.
func (r *run) usage() (u usage, err error) {
	for pid, at := range map[int]*time.Duration{
		r.child.Pid(): &u.cpu, r.scene.busPID: &u.busCPU, os.Getpid(): &u.loadCPU,
	} {
		if *at, err = process.CPU(pid); err != nil {
			return u, err
		}
	}
	if u.switches, err = switches(r.child.Pid()); err != nil {
		return u, err
	}
	m, err := r.child.Metrics()
	if err != nil {
		return u, err
	}
	u.allocated, u.allocations = m["go_memstats_alloc_bytes_total"], m["go_memstats_mallocs_total"]
	u.collections = m["go_gc_duration_seconds_count"]
	u.messages, err = r.scene.bus.LastSequence(context.Background(), bus.StreamRelays)
	return u, err
}

// switches is how often the threads of a process have let go of their processor. Those of threads that ended are missing.
func switches(pid int) (sum float64, err error) {
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return 0, err
	}
	for _, task := range tasks {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/status", pid, task.Name()))
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(raw), "\nvoluntary_ctxt_switches:")
		line, _, _ := strings.Cut(rest, "\n")
		n, err := strconv.ParseFloat(strings.TrimSpace(line), 64)
		if err != nil {
			return 0, fmt.Errorf("read /proc: %w", err)
		}
		sum += n
	}
	return sum, nil
}
