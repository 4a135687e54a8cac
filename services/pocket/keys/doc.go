// Package keys holds the secp256k1 keys of suppliers, gateways and
// applications: reading private keys from a file, addresses, and the ECDSA
// signatures of Cosmos accounts.
//
// A [Private] never shows its digits: every way of printing or logging it, also
// inside another value, gives its address or nothing. Only [Private.Secret]
// returns them.
//
// Signatures are made and checked exactly as the Cosmos SDK's secp256k1 keys do
// it (relay.md §3.2): ECDSA over SHA-256 of the message, RFC 6979 nonces, 64
// bytes R ‖ S with S in the lower half. Making a key and signing take a time
// that does not depend on the key or the nonce, and branch on neither (packages
// modn and curve say how); checking a signature, of public values only, does not
// care.
package keys
