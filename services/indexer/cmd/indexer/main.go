// Command indexer runs the indexer: blocks and events of the chain, in order, onto the bus.
package main

import (
	"github.com/lodeworks/lode/services/indexer"
	"github.com/lodeworks/lode/services/kit/run"
)

func main() { run.Main(indexer.Name, indexer.Default(), indexer.New) }
