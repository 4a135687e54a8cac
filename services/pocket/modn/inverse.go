package modn

// batches is how many batches of 60 steps make at least 590, after which g is 0
// for every 256-bit x and m.
const batches = 10

// Inverse sets out to 1/x modulo m, or to 0 if x is 0, in constant time. x must
// be below m. out may be x.
func Inverse(out, x *[4]uint64, m *Modulus) {
	var f, g, d, e, t num
	f.set(&m.limbs)
	g.set(x)
	e[0] = 1
	zeta := int64(-1)
	for range batches - 1 {
		var s matrix
		zeta, s = steps(zeta, f[0], g[0])
		t = f
		f.combine(s.u, s.v, &t, &g)
		g.combine(s.q, s.r, &t, &g)
		t = d
		d.combineMod(s.u, s.v, &t, &e, m)
		e.combineMod(s.q, s.r, &t, &e, m)
	}
	_, s := steps(zeta, f[0], g[0])
	finish(out, &s, &f, &g, &d, &e, m)
	clear(e[:])
	clear(t[:])
}

// InverseVar is [Inverse] in a time that depends on x: only for numbers that
// everyone may know.
func InverseVar(out, x *[4]uint64, m *Modulus) {
	var f, g, d, e, t num
	f.set(&m.limbs)
	g.set(x)
	e[0] = 1
	zeta := int64(-1)
	for {
		var s matrix
		zeta, s = stepsVar(zeta, f[0], g[0])
		t = g
		g.combine(s.q, s.r, &f, &t)
		if g == (num{}) {
			finish(out, &s, &f, &t, &d, &e, m)
			return
		}
		f.combine(s.u, s.v, &f, &t)
		t = d
		d.combineMod(s.u, s.v, &t, &e, m)
		e.combineMod(s.q, s.r, &t, &e, m)
	}
}

// finish sets out to the inverse, after the last batch s: only f and d are
// still needed, and f is ±1 (or ±m, d being 0 modulo m then).
func finish(out *[4]uint64, s *matrix, f, g, d, e *num, m *Modulus) {
	var end num
	end.combine(s.u, s.v, f, g)
	negative := uint64(int64(end[4]) >> 63)
	end.combineMod(s.u, s.v, d, e, m)
	end.negateIf(negative)
	end.reduce(out, m)
	clear(end[:])
}
