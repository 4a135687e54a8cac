package vectors

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Result counts what one vector file said about our code.
type Result struct {
	Name     string   // file name
	Cases    int      // cases run
	Failed   int      // cases with at least one disagreement, ≤ Cases
	Failures []string // one line per failed case: its name and what disagreed
}

// Run counts one case and runs check on it. A panic in check is a failure.
func (r *Result) Run(name string, check func(c *Case)) {
	c := &Case{}
	c.guard(check)
	r.Cases++
	if len(c.faults) == 0 {
		return
	}
	r.Failed++
	r.Failures = append(r.Failures, name+": "+strings.Join(c.faults, "; "))
}

// runEach decodes each element of raw as a T and runs check on it, as one case
// each. The case's "name" field, if any, only labels it in messages.
func runEach[T any](r *Result, group string, raw []json.RawMessage, check func(c *Case, v T)) {
	for i, msg := range raw {
		r.Run(label(group, i, msg), func(c *Case) {
			var v T
			if err := json.Unmarshal(msg, &v); err != nil {
				c.Errorf("not of the expected form: %v", err)
				return
			}
			check(c, v)
		})
	}
}

func label(group string, i int, msg json.RawMessage) string {
	var named struct {
		Name string `json:"name"`
	}
	// A case without a usable name is labelled by its position alone.
	_ = json.Unmarshal(msg, &named)
	return strings.TrimSpace(fmt.Sprintf("%s[%d] %s", group, i, named.Name))
}

// Case gathers the disagreements of one case.
type Case struct{ faults []string }

func (c *Case) guard(check func(c *Case)) {
	defer func() {
		if p := recover(); p != nil {
			c.Errorf("panic: %v", p)
		}
	}()
	check(c)
}

// Errorf records a disagreement.
func (c *Case) Errorf(format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
}

// Bytes compares got with the field of the vector called name.
func (c *Case) Bytes(name string, want Field[Hex], got []byte) {
	if w, ok := want.Need(c, name); ok && !bytes.Equal(w, got) {
		c.Errorf("%s: want %x, got %x", name, []byte(w), got)
	}
}

// Equal compares got with the field of the vector called name.
func Equal[T comparable](c *Case, name string, want Field[T], got T) {
	if w, ok := want.Need(c, name); ok && w != got {
		c.Errorf("%s: want %v, got %v", name, w, got)
	}
}
