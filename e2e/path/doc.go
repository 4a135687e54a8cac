// Package path tests a relay's way from an application to the log: the real gateway and the real relayer, each as its
// program runs it, between an official client and a backend that the test plays. The chain is one that the test moves.
package path
