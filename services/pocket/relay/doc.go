// Package relay is the relay message itself: decoding it, checking it, hashing
// and signing it, and the tree leaf it becomes.
//
//	gateway                    relayer                          chain
//	RelayRequest ──────────►  DecodeRequest, CheckRequest
//	  ring signature over       RequestHash ─► ring.Verify
//	  RequestHash               DecodeHTTPRequest ─► backend
//	                            EncodeHTTPResponse
//	RelayResponse ◄──────────  NewResponse, SignResponse
//	  VerifyResponse            Leaf ─► value and key of the tree ─► proof
//
// The messages are the chain's own generated types. Nobody hashes received
// bytes: a request is decoded and encoded again, which drops unknown fields, so
// that all sides hash the same (relay.md §1.7). The one exception is the leaf,
// whose stored bytes the chain hashes as they are.
//
// Everything is SHA-256. The response payload is not part of a leaf; its hash
// is, in the signed field payload_hash (relay.md §2).
//
// All functions are pure and leave their arguments unchanged, except
// [SignResponse], which sets the signature.
package relay
