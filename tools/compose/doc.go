// Package compose runs Lode as operators do: each program an image, all of them by docker compose, as deploy/compose
// describes. It can do so on a machine that reaches no registry: then it builds the programs here, makes the images of
// them, and stands in for those that cannot be pulled.
//
//	engine.go    a Docker engine: the one that runs, or one of our own
//	programs.go  what goes into the images: programs, their lists of parts, certificates
//	images.go    the images;  base.go  those that a registry would have
//	prepare.go   a local chain's home, keys and secrets
//	project.go   docker compose itself;  container.go  what runs now
package compose
