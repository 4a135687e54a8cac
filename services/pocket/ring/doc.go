// Package ring signs and verifies the ring signatures of relay requests.
//
// A relay request is paid for by an application, but a gateway may send it on
// the application's behalf. The signature therefore proves "one of these keys
// signed this", without saying which: a linkable ring signature (LSAG) over
// secp256k1. The keys travel inside the signature; the chain only asks that
// each of them belongs to the application's ring, that is the application and
// the gateways it delegates to. Order, size and repetition do not matter.
//
// A signature of n members is 69 + 65·n bytes:
//
//	n uint32 │ challenge c₀ 32 │ key image I 33 │ n × ( scalar sᵢ 32 │ key Pᵢ 33 )
//
// It is valid for a 32-byte message m when, starting with c = c₀ and taking
// the members in order,
//
//	L = sᵢ·G + c·Pᵢ    R = sᵢ·Hp(Pᵢ) + c·I    c = HS(m ‖ L ‖ R)
//
// ends with c equal to c₀. The hash to scalar HS has a quirk that all parties
// must share, see [HashToScalar].
//
// [Verifier.Verify] is what a relayer asks for every request; it is stricter
// than the chain about encoding. [Verifier.VerifyLax] is the chain's own rule,
// for auditing what others put on chain. A [Signer] makes signatures.
//
// The facts come from ring-go v0.2.0 with its default curve backend, the code
// that the network runs; the tests check both directions against it.
//
// # Speed
//
// All of a step's four points repeat from relay to relay: the generator, the
// member's key and its hash, and the signer's key image. A [Cache] remembers
// them decoded, and once a point has been part of [usesPerTable] valid
// signatures it gets a table, with which the products are sums of 32 points
// (package curve). A hostile sender can buy no memory: key images are
// remembered, and tables made, only for valid signatures. What it can buy is the
// work of a verification with nothing remembered, about six times that of one
// with tables (make bench-hot).
//
// # Constant time
//
// The private key and the nonce of a signature are handled without branches or
// look-ups that depend on them: their products with points read whole rows of
// small tables, and the arithmetic on them, down to the inversions, takes the
// same steps for all values. Everything else in a signature becomes public with
// it and takes a variable time, as verification does.
package ring
