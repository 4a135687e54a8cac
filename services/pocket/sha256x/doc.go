// Package sha256x is SHA-256 of many messages at once.
//
// A processor with AVX-512 hashes sixteen messages side by side, one to each
// 32-bit lane; elsewhere each message goes through crypto/sha256, which has
// instructions of its own on most processors. The digests are the same, and
// neither way allocates.
package sha256x
