package ring

import (
	"crypto/rand"
	"fmt"
	"testing"

	reference "github.com/pokt-network/ring-go"
)

func benchmarkVerify(b *testing.B, size int) {
	r := newTestRing(b, size, size-1)
	msg := testMessage(0)
	sig, err := r.signer.Sign(msg, testRand(0))
	if err != nil {
		b.Fatal(err)
	}
	set := NewSet(r.keys...)
	warm := NewVerifier(testCache(b, 64))
	for range 2 * usesPerTable {
		if err := warm.Verify(msg, sig, set); err != nil {
			b.Fatal(err)
		}
	}
	for name, v := range map[string]*Verifier{"warm": warm, "cold": NewVerifier(nil)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := v.Verify(msg, sig, set); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("ring-go", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var s reference.RingSig
			if s.Deserialize(refCurve, sig) != nil || !s.Verify(msg) {
				b.Fatal("the reference refuses")
			}
		}
	})
}

func BenchmarkVerify2(b *testing.B) { benchmarkVerify(b, 2) }
func BenchmarkVerify3(b *testing.B) { benchmarkVerify(b, 3) }
func BenchmarkVerify5(b *testing.B) { benchmarkVerify(b, 5) }

func BenchmarkSign(b *testing.B) {
	for _, size := range []int{2, 3, 5} {
		r := newTestRing(b, size, 0)
		signer, err := NewSigner(testCache(b, 64), r.priv, r.keys)
		if err != nil {
			b.Fatal(err)
		}
		r.signer = signer
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.signer.Sign(testMessage(0), rand.Reader); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	r := newTestRing(b, 2, 0)
	b.Run("2/ring-go", func(b *testing.B) {
		for b.Loop() {
			refSign(b, r.priv, r.keys, testMessage(0))
		}
	})
}

func BenchmarkDecode2(b *testing.B) {
	r := newTestRing(b, 2, 0)
	sig, err := r.signer.Sign(testMessage(0), testRand(0))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Decode(sig); err != nil {
			b.Fatal(err)
		}
	}
}
