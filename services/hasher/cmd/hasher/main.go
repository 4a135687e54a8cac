// Command hasher folds the relay log into session trees.
package main

import (
	"github.com/lodeworks/lode/services/hasher"
	"github.com/lodeworks/lode/services/kit/run"
)

func main() { run.Main("hasher", hasher.Default(), hasher.New) }
