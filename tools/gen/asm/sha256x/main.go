// Command sha256x writes the AVX-512 kernel of services/pocket/sha256x:
//
//	sha256x ROOT
//
// ROOT is the folder below which the files go, the repository's top folder when they are to replace those that are
// there. The kernel hashes sixteen messages side by side: a 512-bit register holds the same word of all of them, one
// to each 32-bit lane, so that a round of SHA-256 is the textbook's, sixteen times at once.
package main

import "github.com/lodeworks/lode/tools/gen/asm/emit"

func main() { emit.Main("sha256x", emit.File{Name: "kernel", Write: kernel, Stubs: true}) }
