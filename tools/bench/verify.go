package bench

import (
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/lodeworks/lode/services/pocket/curve"
	"github.com/lodeworks/lode/services/pocket/ring"
)

var (
	errOfficialRefuses = errors.New("the official library refuses our signature")
	errVerdicts        = errors.New("verdicts differ")
)

// warmUp is how many valid signatures of a ring are verified before it is measured; half as many would make all tables.
const warmUp = 64

// verify measures rings of two to five, and what else a relayer may meet.
func (r *run) verify() error {
	for size := 2; size <= 5; size++ {
		requests, err := r.requests(size, 1)
		if err != nil {
			return err
		}
		if err := r.sameVerdicts(requests); err != nil {
			return err
		}
		if err := r.verifySize(size, requests); err != nil {
			return err
		}
	}
	return r.verifyMany()
}

// requests are signatures by rings that take turns.
func (r *run) requests(size, rings int) ([]request, error) {
	var signers []*ring.Signer
	var sets []ring.Set
	for i := range rings {
		g, err := newGroup(fmt.Sprint("ring ", i), size)
		if err != nil {
			return nil, err
		}
		s, err := ring.NewSigner(nil, g.signer.Secret(), g.members)
		if err != nil {
			return nil, err
		}
		signers, sets = append(signers, s), append(sets, g.set)
	}
	requests := make([]request, r.Messages)
	for i := range requests {
		m := message(i)
		signature, err := signers[i%rings].Sign(m, rand.Reader)
		if err != nil {
			return nil, err
		}
		requests[i] = request{m, signature, sets[i%rings]}
	}
	return requests, nil
}

// sameVerdicts flips a bit here and there: some such signatures are valid all the same.
func (r *run) sameVerdicts(requests []request) error {
	cache, err := ring.NewCache(256, 64)
	if err != nil {
		return err
	}
	v := ring.NewVerifier(cache)
	for i := range r.Mutations {
		q := requests[i%len(requests)]
		if !officialVerdict(q.message, q.signature) {
			return errOfficialRefuses
		}
		altered := append([]byte(nil), q.signature...)
		bit := i * 8191 % (8 * len(altered))
		altered[bit/8] ^= 1 << (bit % 8)
		want := officialVerdictOnAny(q.message, altered)
		s, err := ring.DecodeLax(altered)
		got := err == nil && v.VerifyLax(q.message, altered, ring.NewSet(s.Members()...)) == nil
		if got != want {
			return fmt.Errorf("%w: signature %x of %x, official %t, ours %t", errVerdicts, altered, q.message, want, got)
		}
	}
	return nil
}

// oursVerify is a pass of ours over the requests.
func oursVerify(v *ring.Verifier, requests []request) func() error {
	return func() error {
		for i := range requests {
			if err := v.Verify(requests[i].message, requests[i].signature, requests[i].members); err != nil {
				return err
			}
		}
		return nil
	}
}

// officialVerify is a pass of ring-go over the requests.
func officialVerify(requests []request) func() error {
	return func() error {
		for i := range requests {
			if !officialVerdict(requests[i].message, requests[i].signature) {
				return errOfficialRefuses
			}
		}
		return nil
	}
}

// warmVerifier returns a verifier that has a table of every point of the requests.
func warmVerifier(requests []request, rings int) (*ring.Verifier, error) {
	cache, err := ring.NewCache(256, 256)
	if err != nil {
		return nil, err
	}
	v := ring.NewVerifier(cache)
	pass := oursVerify(v, requests)
	for done := 0; done < warmUp*rings; done += len(requests) {
		if err := pass(); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// verifySize compares on every tier, with and without tables.
func (r *run) verifySize(size int, requests []request) error {
	warm, err := warmVerifier(requests, 1)
	if err != nil {
		return err
	}
	n := len(requests)
	ways := []way{theirs(n, officialVerify(requests))}
	for t := curve.Best(); t >= curve.Portable; t-- {
		ways = append(ways,
			way{t, n, oursVerify(warm, requests)},
			way{t, n, oursVerify(ring.NewVerifier(nil), requests)})
	}
	costs, err := r.compare(ways...)
	if err != nil {
		return err
	}
	for i, c := range costs[1:] {
		t := ways[i+1].tier
		how := [2]string{"tables", "cold"}[i%2]
		r.report.add(fmt.Sprintf("verify, ring of %d, %s, %s", size, how, t), c, "ring-go", costs[0])
		if size == 2 && i%2 == 0 {
			*r.figures.ringVerify2(t) = figure(c.times(costs[0]))
		}
	}
	r.noteVerify(size, costs)
	return nil
}

// noteVerify keeps the figures of the best tier.
func (r *run) noteVerify(size int, costs []cost) {
	warm := figure(costs[1].times(costs[0]))
	switch size {
	case 2:
		r.figures.Tier = curve.Best().String()
		r.figures.RingVerify2, r.figures.RingVerifyCold2 = warm, figure(costs[2].times(costs[0]))
		for t := curve.Best() + 1; t <= curve.IFMA; t++ {
			r.report.note("tier %s: this processor lacks it; figures that need it are 0", t)
		}
	case 3:
		r.figures.RingVerify3 = warm
	case 5:
		r.figures.RingVerify5 = warm
	}
}

// verifyMany: sixteen applications at once, more tables than the nearer caches hold.
func (r *run) verifyMany() error {
	const rings = 16
	requests, err := r.requests(2, rings)
	if err != nil {
		return err
	}
	warm, err := warmVerifier(requests, rings)
	if err != nil {
		return err
	}
	n := len(requests)
	costs, err := r.compare(theirs(n, officialVerify(requests)), ours(n, oursVerify(warm, requests)))
	if err != nil {
		return err
	}
	r.report.add(fmt.Sprintf("verify, %d rings of 2 in turn, tables", rings), costs[1], "ring-go", costs[0])
	return r.tables()
}

// tables measures the making of one.
func (r *run) tables() error {
	k, err := testKey("table")
	if err != nil {
		return err
	}
	public := k.Public()
	var p curve.Affine
	if !p.Decompress(&public) {
		return ring.ErrMalformed
	}
	costs, err := r.compare(ours(1, func() error {
		curve.NewTable(&p)
		return nil
	}))
	if err == nil {
		r.report.alone("make a table of a point", costs[0])
	}
	return err
}
