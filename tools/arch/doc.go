// Package arch holds no code, only tests about the repository itself: what a reviewer would otherwise have to watch.
//
//	imports_test.go    who may import what: the layers of services/README.md
//	edges_test.go      a service's on_*.go, emit_*.go and answer_*.go files are what schemas/bus says of it
//	generated_test.go  what generators write is what is committed
//	names_test.go      no file name that Go would leave out of a build; every package has its comment
//	text_test.go       no machine's paths and no package registry's address in any file
//	docs_test.go       pages link to what is there, and name metrics, messages and dependencies that are
//
// Go's test cache does not see files outside the module tools: run it with -count=1.
//
// tree_test.go reads the files that git tracks. Each finding names the file and the rule.
package arch
