package sha256x

import "crypto/sha256"

// Equal hashes len(out) messages of n bytes each, which lie end to end in
// src: out[i] is the SHA-256 of src[i*n : (i+1)*n]. It panics when src is
// shorter than len(out)*n bytes or n is negative.
func Equal(out [][32]byte, src []byte, n int) {
	src = src[: len(out)*n : len(src)]
	if wide && n <= maxLength {
		done := equalWide(out, src, n)
		out, src = out[done:], src[done*n:]
	}
	for i := range out {
		out[i] = sha256.Sum256(src[:n])
		src = src[n:]
	}
}

// Each hashes messages of any lengths: out[i] is the SHA-256 of msgs[i].
// It panics when out is shorter than msgs.
func Each(out [][32]byte, msgs [][]byte) {
	out = out[:len(msgs)]
	for wide && len(msgs) > 0 {
		n := min(len(msgs), maxBatch)
		eachWide(out[:n], msgs[:n])
		out, msgs = out[n:], msgs[n:]
	}
	for i, m := range msgs {
		out[i] = sha256.Sum256(m)
	}
}
