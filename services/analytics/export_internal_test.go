package analytics

import (
	"maps"
	"slices"
)

func init() { rests = 0 }

// TypedEvents are the names of the events that have tables of their own.
func TypedEvents() []string { return slices.Sorted(maps.Keys(typed)) }
