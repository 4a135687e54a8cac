// Package signing is where the keys of suppliers come from, for services that sign responses and transactions.
//
//	file or folder of keys ──┐
//	Cosmos keyring export ───┼─► Set: address → Signer ─► relayer, submitter
//	a signer's socket ───────┘      read again now and then
//
// A [Signer] signs digests and shows nothing else, so the key behind it can be in this process (a keys.Local), in another
// one behind a socket ([Remote], answered by [Handler]), or in a device. A [Set] is read again every so often; when that
// fails, what was there before stays, and it says so.
//
// The protocol of the socket is HTTP with JSON, for the one machine that both ends share:
//
//	GET  /v1/keys → {"keys":[{"address":"pokt1…","public_key":"66 hex digits"}]}
//	POST /v1/sign {"address":"pokt1…","purpose":"relay","digest":"64 hex digits"} → {"signature":"128 hex digits"}
//
// Errors are {"error":"…"} with status 400 (not understood), 403 (this purpose is not allowed) or 404 (no such key).
// digest is the SHA-256 that ECDSA signs; the signature is R ‖ S as in package keys.
package signing
