// Command relayer serves signed relays in front of model servers.
package main

import (
	"github.com/lodeworks/lode/services/kit/run"
	"github.com/lodeworks/lode/services/relayer"
)

func main() { run.Main("relayer", relayer.Default(), relayer.New) }
