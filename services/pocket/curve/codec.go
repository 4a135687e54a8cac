package curve

// Decompress sets z to the point whose compressed form is k: 02 or 03 for an even or
// odd y, then x big-endian below p. It reports whether there is one.
func (z *Affine) Decompress(k *[33]byte) bool {
	c, ok := ParseCandidate(k)
	return ok && z.lift(&c.X, c.Odd)
}

// Compress returns the compressed form; that of infinity is 02 and 32 zeros.
func (z *Affine) Compress() (k [33]byte) {
	k[0] = 2
	if z.Y.IsOdd() {
		k[0] = 3
	}
	x := z.X.Bytes()
	copy(k[1:], x[:])
	return k
}

// Candidate is an x that may have points, and which of the two is meant.
type Candidate struct {
	X   Field
	Odd bool // the parity of y
}

// ParseCandidate reads a compressed point as far as it goes without a square
// root: it reports false for another first byte or an x from p on.
func ParseCandidate(k *[33]byte) (c Candidate, ok bool) {
	ok = c.X.SetBytes((*[32]byte)(k[1:]))
	c.Odd = k[0] == 3
	return c, ok && (k[0] == 2 || k[0] == 3)
}

// Lift sets points[i] to the point of candidates[i] where there is one, and to
// infinity where there is none. Several cost less than one each.
func Lift(points []Affine, candidates []Candidate) {
	for len(candidates) > 0 {
		n := min(Lanes(), len(candidates))
		if n > 1 {
			liftLanes(points[:n], candidates[:n])
		} else if c := &candidates[0]; !points[0].lift(&c.X, c.Odd) {
			points[0] = Affine{}
		}
		points, candidates = points[n:], candidates[n:]
	}
}

// Lanes is how many square roots are made at once.
func Lanes() int {
	if tier == IFMA {
		return 8
	}
	return 1
}
