// Command submitter claims and proves sealed sessions on the chain.
package main

import (
	"github.com/lodeworks/lode/services/kit/run"
	"github.com/lodeworks/lode/services/submitter"
)

func main() { run.Main("submitter", submitter.Default(), submitter.New) }
