// Package relay is the relay message itself: decoding it, checking it, hashing
// and signing it, and the tree leaf it becomes.
//
//	gateway                    relayer                          chain
//	RelayRequest ──────────►  DecodeRequest, CheckRequest
//	  ring signature over       CanonicalRequest ─► Hash ─► ring.Verify
//	  RequestHash               DecodeHTTPRequest ─► backend
//	                            EncodeHTTPResponse
//	RelayResponse ◄──────────  NewResponse, SignResponse
//	  VerifyResponse            AppendLeaf ─► value of the tree ─► proof
//
// The messages are the chain's own generated types. What is hashed of a request
// is not what was received but what comes out when that is decoded and encoded
// again, which drops unknown fields, so that all sides hash the same (relay.md
// §1.7). Mostly the two are equal. A [Canonical] is a request of which that is
// known: its bytes are hashed, and copied to the leaf, where they lie. [Leaf] and
// [RequestHash] are the slow way, and what the tests compare with. The chain
// hashes a leaf's stored bytes as they are.
//
// Everything is SHA-256. The response payload is not part of a leaf; its hash
// is, in the signed field payload_hash (relay.md §2).
//
// All functions are pure and leave their arguments unchanged, except
// [SignResponse], which sets the signature.
package relay
