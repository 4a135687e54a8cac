package ring

import "testing"

// FuzzDecode compares both decoders with the reference on any bytes.
func FuzzDecode(f *testing.F) {
	seedSignatures(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > headLen+8*memberLen {
			return // longer rings only cost time
		}
		want, _ := refVerify([32]byte{}, b)
		lax, laxErr := DecodeLax(b)
		if want != (laxErr == nil) {
			t.Fatalf("reference decodes: %t, DecodeLax: %v", want, laxErr)
		}
		strict, err := Decode(b)
		if err != nil {
			return
		}
		if laxErr != nil || string(lax.Encode()) != string(b) || string(strict.Encode()) != string(b) {
			t.Fatalf("strictly decoded bytes are not canonical: %x", b)
		}
	})
}

// FuzzVerify compares the lax verifier with the reference on any bytes and
// message, and checks that the strict one accepts nothing more.
func FuzzVerify(f *testing.F) {
	seedSignatures(f)
	v := NewVerifier(testCache(f, 64))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > headLen+8*memberLen {
			return
		}
		msg := testMessage(0)
		_, want := refVerify(msg, b)
		lax := v.VerifyLax(msg, b, membersOf(b))
		if want != (lax == nil) {
			t.Fatalf("reference accepts: %t, ours: %v", want, lax)
		}
		if v.Verify(msg, b, membersOf(b)) == nil && !want {
			t.Fatal("the strict verifier accepts what the chain refuses")
		}
	})
}

func seedSignatures(f *testing.F) {
	for i, r := range testRings(f) {
		b, err := r.signer.Sign(testMessage(0), testRand(i))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add(append(b, 1, 2, 3))
		f.Add(b[:len(b)-1])
	}
	for n := range 6 {
		f.Add(make([]byte, n))
	}
	f.Add(append([]byte{0, 0, 0, 1}, make([]byte, 130)...))
}
