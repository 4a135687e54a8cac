// Command signer runs the signer: keys in a process of its own, behind a unix socket.
package main

import (
	"github.com/lodeworks/lode/services/kit/run"
	"github.com/lodeworks/lode/services/signer"
)

func main() { run.Main(signer.Name, signer.Default(), signer.New) }
