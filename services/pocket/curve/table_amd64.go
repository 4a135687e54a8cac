package curve

// odd makes eight rows of a table side by side: 1, 3, 5, … times bases[i],
// whose doubles are given.
func (b *laneBuilder) odd(rows [8][]Affine, bases, doubles []Affine) {
	var from, step [8]*Affine
	for lane := range rows {
		from[lane], step[lane] = &bases[lane], &doubles[lane]
	}
	n := len(rows[0])
	setLanes(&b.points[0], &from, 0)
	for j := 1; j < n; j++ {
		b.points[j] = b.points[j-1]
		addLanes(&b.points[j], &step, 0)
	}
	b.normalize(rows)
}

// laneBuilder has the space to make rows of tables side by side.
type laneBuilder struct {
	points   []pointLanes
	products []lanes // of the ZZZ so far
}

func newLaneBuilder(row int) *laneBuilder {
	return &laneBuilder{points: make([]pointLanes, row), products: make([]lanes, row)}
}

// normalize brings b.points to affine form, with one inversion for all.
func (b *laneBuilder) normalize(rows [8][]Affine) {
	n := len(rows[0])
	b.products[0] = b.points[0][3]
	for j := 1; j < n; j++ {
		mulLanes(&b.products[j], &b.products[j-1], &b.points[j][3])
	}
	running := b.products[n-1].inverse()
	for j := n - 1; j >= 0; j-- {
		inv := running
		if j > 0 {
			mulLanes(&inv, &running, &b.products[j-1])
			mulLanes(&running, &running, &b.points[j][3])
		}
		b.points[j].scale(&inv)
		for lane := range rows {
			p := Affine{b.points[j][0].get(lane), b.points[j][1].get(lane)}
			p.X.Reduce()
			p.Y.Reduce()
			rows[lane][j] = p
		}
	}
}

// scale brings X and Y to affine form given 1/ZZZ, as [Point.scale] does.
func (z *pointLanes) scale(zzzInv *lanes) {
	var i lanes
	mulLanes(&i, &z[2], zzzInv)
	sqrLanes(&i, &i, 1)
	mulLanes(&z[0], &z[0], &i)
	mulLanes(&z[1], &z[1], zzzInv)
}

// inverse returns 1/x in each lane, none of which is zero.
func (x *lanes) inverse() (z lanes) {
	var each, before [8]Field
	product := Field{1}
	for i := range each {
		each[i], before[i] = x.get(i), product
		product.Mul(&product, &each[i])
	}
	product.InvVar(&product)
	for i := 7; i >= 0; i-- {
		before[i].Mul(&before[i], &product)
		product.Mul(&product, &each[i])
		z.put(i, &before[i])
	}
	return z
}

// fillLanes fills the rows of a table, eight at a time.
func fillLanes(rows [][]Affine, bases, doubles []Affine) {
	b := newLaneBuilder(len(rows[0]))
	for i := 0; i < len(rows); i += 8 {
		b.odd([8][]Affine(rows[i:i+8]), bases[i:i+8], doubles[i:i+8])
	}
}
