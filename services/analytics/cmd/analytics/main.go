// Command analytics runs the analytics service: the bus into ClickHouse, and a read-only API over it.
package main

import (
	"github.com/lodeworks/lode/services/analytics"
	"github.com/lodeworks/lode/services/kit/run"
)

func main() { run.Main(analytics.Name, analytics.Default(), analytics.New) }
