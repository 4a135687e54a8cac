package process

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is what Linux counts processor time in.
const tick = 10 * time.Millisecond

// CPU is the processor time that the process has used, by all of its threads.
func (p *Process) CPU() (time.Duration, error) { return CPU(p.Pid()) }

// CPU is the processor time that a process has used.
func CPU(pid int) (time.Duration, error) {
	fields, err := stat(pid)
	if err != nil {
		return 0, err
	}
	const user, system = 14 - 3, 15 - 3
	var sum time.Duration
	for _, at := range []int{user, system} {
		n, err := strconv.ParseInt(fields[at], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read /proc: %w", err)
		}
		sum += time.Duration(n) * tick
	}
	return sum, nil
}

// stat are the fields of /proc/PID/stat from the third, the state, on.
func stat(pid int) ([]string, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	if len(fields) < 20 {
		return nil, fmt.Errorf("read /proc: %d fields", len(fields))
	}
	return fields, nil
}

// Resident is the process's memory that is in RAM, in bytes.
func (p *Process) Resident() (int64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.Pid()))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(raw))
	if len(fields) < 2 {
		return 0, fmt.Errorf("read /proc: %d fields", len(fields))
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}

// Machine is the processor time that everything on this machine has used.
func Machine() (time.Duration, error) {
	raw, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return 0, fmt.Errorf("read /proc: %.80q", line)
	}
	var ticks int64
	for _, at := range []int{1, 2, 3, 6, 7, 8} { // user, nice, system, interrupts, stolen; not idle or waiting
		n, err := strconv.ParseInt(fields[at], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read /proc: %w", err)
		}
		ticks += n
	}
	return time.Duration(ticks) * tick, nil
}
