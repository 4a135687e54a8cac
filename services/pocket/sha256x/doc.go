// Package sha256x is SHA-256 of many messages at once.
//
// Relays, leaves and the inner nodes of a trie are hashed by the thousand, and
// crypto/sha256 takes one message at a time: its rounds wait for each other,
// and most of the processor waits with them. [Equal] and [Each] take a batch.
// On a processor with AVX-512 they hash sixteen messages side by side, one to
// each 32-bit lane of the registers:
//
//	            lane 0   lane 1   …   lane 15
//	register a   a of message 0, 1, …, 15
//	register w   word i of the block of message 0, 1, …, 15
//
// so that an instruction does a step of sixteen hashes. Blocks are read where
// the messages are, and the padding is made in the registers: nothing is
// copied, nothing allocated. A lane whose message is done idles until the
// longest of the sixteen is; therefore Each puts messages of about the same
// length together, and gives to crypto/sha256 what would keep too few lanes
// busy: small batches, a few messages that are much longer than the others.
//
// Elsewhere all messages go to crypto/sha256, which has instructions of its
// own on most processors. The digests are the same.
//
// The kernel is written by tools/gen/asm/sha256x.
package sha256x
