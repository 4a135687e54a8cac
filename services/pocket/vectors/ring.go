package vectors

import (
	"bytes"
	"crypto/rand"
	"encoding/json"

	"github.com/lodeworks/lode/services/pocket/keys"
	"github.com/lodeworks/lode/services/pocket/ring"
)

// ringFile is ring_signature.json.
type ringFile struct {
	Members     []json.RawMessage `json:"members"`
	Placeholder json.RawMessage   `json:"placeholder"`
	Valid       []json.RawMessage `json:"valid"`
	Unusual     []json.RawMessage `json:"unusual_but_accepted_by_reference"`
	Invalid     []json.RawMessage `json:"invalid"`
}

// ringCase is one signature and what the chain says about it.
type ringCase struct {
	Keys        Field[[]Hex]      `json:"ring_public_keys"`
	Addresses   Field[[]string]   `json:"ring_addresses"`
	Signer      string            `json:"signer"`
	Message     Field[Hex]        `json:"message_hash"`
	Signature   Field[Hex]        `json:"signature"`
	Length      Field[Int]        `json:"signature_len"`
	LeftAligned Field[Int]        `json:"left_aligned_challenges"`
	Transcript  []challengeVector `json:"challenge_transcript"`
	Expected    struct {
		Decodes  Field[bool] `json:"deserialize_ok"`
		Valid    Field[bool] `json:"crypto_valid"`
		Members  Field[bool] `json:"ring_member_ok"`
		Accepted Field[bool] `json:"accepted"`
		Panics   Field[bool] `json:"reference_panics"`
		Size     Field[Int]  `json:"embedded_ring_size"`
	} `json:"expected"`
}

// RunRing runs ring_signature.json of dir through package ring: keys and their
// hashes, the signatures of the file by both verifiers, and new signatures.
func RunRing(dir string) (Result, error) {
	res := Result{Name: "ring_signature.json"}
	var file ringFile
	if err := load(dir, res.Name, &file); err != nil {
		return res, err
	}
	cache, err := ring.NewCache(256, 256)
	if err != nil {
		return res, err
	}
	r := ringRun{verifier: ring.NewVerifier(cache), signers: map[string]keys.Private{}}
	runEach(&res, "members", file.Members, r.member)
	if file.Placeholder != nil {
		runEach(&res, "placeholder", []json.RawMessage{file.Placeholder}, checkPlaceholder)
	}
	runEach(&res, "valid", file.Valid, r.signature)
	runEach(&res, "unusual", file.Unusual, r.signature)
	runEach(&res, "invalid", file.Invalid, r.signature)
	return res, nil
}

// ringRun is the state of one run.
type ringRun struct {
	verifier *ring.Verifier
	signers  map[string]keys.Private // by name, from the file's members
}

// signature checks one case.
func (r *ringRun) signature(c *Case, v ringCase) {
	sig, ok := v.Signature.Need(c, "signature")
	msg, msgOK := message(c, v.Message)
	set, setOK := r.expectedRing(c, v)
	if !ok || !msgOK || !setOK {
		return
	}
	Equal(c, "signature_len", v.Length, Int(len(sig)))
	r.decode(c, v, sig, set)
	r.verify(c, v, sig, msg, set)
	checkTranscript(c, v, sig, msg)
	r.signAgain(c, v, sig, msg, set)
}

func message(c *Case, f Field[Hex]) ([32]byte, bool) {
	raw, ok := f.Need(c, "message_hash")
	if !ok {
		return [32]byte{}, false
	}
	return fixed32(c, "message_hash", raw)
}

// decode checks what the decoder makes of the bytes, by the chain's rule.
// Where the reference panics we must refuse.
func (r *ringRun) decode(c *Case, v ringCase, sig []byte, set ring.Set) {
	panics, _ := v.Expected.Panics.Need(c, "reference_panics")
	decodes, _ := v.Expected.Decodes.Need(c, "deserialize_ok")
	s, err := ring.DecodeLax(sig)
	if want := decodes && !panics; want != (err == nil) {
		c.Errorf("decoded: want %t, got error %v", want, err)
	}
	if panics {
		return
	}
	member := err == nil
	if err == nil {
		Equal(c, "embedded_ring_size", v.Expected.Size, Int(len(s.Members())))
		for _, k := range s.Members() {
			member = member && set.Has(k)
		}
	}
	Equal(c, "ring_member_ok", v.Expected.Members, member)
}

// verify checks the equation alone, the chain's whole rule, and the strict one.
func (r *ringRun) verify(c *Case, v ringCase, sig []byte, msg [32]byte, set ring.Set) {
	own := ring.Set{}
	if s, err := ring.DecodeLax(sig); err == nil {
		own = ring.NewSet(s.Members()...)
	}
	Equal(c, "crypto_valid", v.Expected.Valid, r.verifier.VerifyLax(msg, sig, own) == nil)
	lax := r.verifier.VerifyLax(msg, sig, set) == nil
	Equal(c, "accepted", v.Expected.Accepted, lax)
	if want, got := lax && canonicalRing(sig), r.verifier.Verify(msg, sig, set) == nil; want != got {
		c.Errorf("strict verification: want %t, got %t", want, got)
	}
}

// signAgain makes a new signature with the case's signer and ring, which must
// verify, and compares its key image with the one in a valid signature.
func (r *ringRun) signAgain(c *Case, v ringCase, sig []byte, msg [32]byte, set ring.Set) {
	priv, known := r.signers[v.Signer]
	if !known || len(v.Keys.V) < 2 || len(v.Keys.V) > ring.MaxMembers || !set.Has(priv.Public()) {
		return
	}
	signer, err := ring.NewSigner(nil, priv.Secret(), publicKeys(v.Keys.V))
	if err != nil {
		c.Errorf("make signer: %v", err)
		return
	}
	again, err := signer.Sign(msg, rand.Reader)
	if err != nil {
		c.Errorf("sign: %v", err)
		return
	}
	if err := r.verifier.Verify(msg, again, set); err != nil {
		c.Errorf("new signature: %v", err)
	}
	image := signer.KeyImage()
	if v.Expected.Valid.V && !bytes.Equal(sig[36:69], image[:]) {
		c.Errorf("key image: signature has %x, we make %s", sig[36:69], image)
	}
}

// expectedRing returns the set of ring_public_keys, after checking that
// ring_addresses are their addresses.
func (r *ringRun) expectedRing(c *Case, v ringCase) (ring.Set, bool) {
	raw, ok := v.Keys.Need(c, "ring_public_keys")
	if !ok {
		return ring.Set{}, false
	}
	addresses, _ := v.Addresses.Need(c, "ring_addresses")
	if len(addresses) != len(raw) {
		c.Errorf("ring_addresses: %d for %d keys", len(addresses), len(raw))
		return ring.Set{}, false
	}
	for i, k := range raw {
		key, ok := fixed33(c, "ring_public_keys", k)
		if !ok {
			return ring.Set{}, false
		}
		if want := ringAddress(key); want != addresses[i] {
			c.Errorf("ring_addresses[%d]: file has %s, we make %s", i, addresses[i], want)
		}
	}
	return ring.NewSet(publicKeys(raw)...), true
}

// publicKeys converts keys that are known to have 33 bytes.
func publicKeys(raw []Hex) []ring.PublicKey {
	out := make([]ring.PublicKey, len(raw))
	for i, k := range raw {
		out[i] = ring.PublicKey(k)
	}
	return out
}
