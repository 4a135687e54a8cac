package curve

// liftLanes is [Lift] for up to eight candidates.
func liftLanes(points []Affine, candidates []Candidate) {
	var seven [8]Field
	var x lanes
	for i := range candidates {
		seven[i] = sevenMore(&candidates[i].X)
		x.put(i, &seven[i])
	}
	root := rootLanes(&x)
	for i := range candidates {
		y := root.get(i)
		var square Field
		square.Sqr(&y)
		if !square.Equal(&seven[i]) {
			points[i] = Affine{}
			continue
		}
		points[i].set(&candidates[i].X, &y, candidates[i].Odd)
	}
}

// rootLanes raises to (p + 1)/4, as [Field.Sqrt] does.
func rootLanes(x *lanes) (t lanes) {
	var x2, x3, x22, x44, x88 lanes
	x2.sqrMul(x, 1, x)
	x3.sqrMul(&x2, 1, x)
	t.sqrMul(&x3, 3, &x3)
	t.sqrMul(&t, 3, &x3)
	t.sqrMul(&t, 2, &x2)
	x22.sqrMul(&t, 11, &t)
	x44.sqrMul(&x22, 22, &x22)
	x88.sqrMul(&x44, 44, &x44)
	t.sqrMul(&x88, 88, &x88)
	t.sqrMul(&t, 44, &x44)
	t.sqrMul(&t, 3, &x3)
	t.sqrMul(&t, 23, &x22)
	t.sqrMul(&t, 6, &x2)
	sqrLanes(&t, &t, 2)
	return t
}

// sqrMul sets z = x^(2^n)·y.
func (z *lanes) sqrMul(x *lanes, n uint64, y *lanes) {
	var power lanes
	sqrLanes(&power, x, n)
	mulLanes(z, &power, y)
}
