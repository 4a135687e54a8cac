// Command gateway is the OpenAI-compatible door for applications.
package main

import (
	"github.com/lodeworks/lode/services/gateway"
	"github.com/lodeworks/lode/services/kit/run"
)

func main() { run.Main("gateway", gateway.Default(), gateway.New) }
