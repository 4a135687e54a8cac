package curve

// lanes is eight field elements: limb i of all is word i, an element is five
// limbs of 52 bits. The limbs are clean, see tools/gen/asm/curve/lanes.go.
type lanes [5][8]uint64

// pointLanes is eight points: their X, Y, ZZ and ZZZ.
type pointLanes [4]lanes

// addLanes adds to each lane of z the point that rows names, or its negative
// where the lane's bit of neg is set, as [Point.addAffine] does.
//
//go:noescape
func addLanes(z *pointLanes, rows *[8]*Affine, neg uint64)

// setLanes sets each lane of z to the point that rows names, or its negative
// where the lane's bit of neg is set.
//
//go:noescape
func setLanes(z *pointLanes, rows *[8]*Affine, neg uint64)

// joinLanes adds to each lane of z the same lane of q, as [Point.add] does.
//
//go:noescape
func joinLanes(z, q *pointLanes)

// doubleLanes doubles each lane of z, as [Point.double] does.
//
//go:noescape
func doubleLanes(z *pointLanes)

// mulLanes sets z = x·y.
//
//go:noescape
func mulLanes(z, x, y *lanes)

// sqrLanes sets z = x^(2^n), n ≥ 1.
//
//go:noescape
func sqrLanes(z, x *lanes, n uint64)

// turnLanes sets lane i of z to lane order[i] of x.
//
//go:noescape
func turnLanes(z, x *pointLanes, order *[8]uint64)

// selectLanes copies, for each lane, point at[lane] of the eight in rows[lane].
// It reads all of them.
//
//go:noescape
func selectLanes(z *[8]Affine, rows *[8]*[8]Affine, at *[8]uint64)

// get returns lane i.
func (x *lanes) get(i int) (z Field) {
	const bits = 52
	z[0] = x[0][i] | x[1][i]<<bits
	z[1] = x[1][i]>>(64-bits) | x[2][i]<<(2*bits-64)
	z[2] = x[2][i]>>(128-2*bits) | x[3][i]<<(3*bits-128)
	z[3] = x[3][i]>>(192-3*bits) | x[4][i]<<(4*bits-192)
	// What is above 2^256 is at most a few units of 2^256.
	z.Add(&z, &Field{x[4][i] >> 48 * fold})
	return z
}

// put sets lane i to x.
func (z *lanes) put(i int, x *Field) {
	const mask = 1<<52 - 1
	z[0][i] = x[0] & mask
	z[1][i] = (x[0]>>52 | x[1]<<12) & mask
	z[2][i] = (x[1]>>40 | x[2]<<24) & mask
	z[3][i] = (x[2]>>28 | x[3]<<36) & mask
	z[4][i] = x[3] >> 16
}

// get returns lane i.
func (z *pointLanes) get(i int) Point {
	return Point{X: z[0].get(i), Y: z[1].get(i), ZZ: z[2].get(i), ZZZ: z[3].get(i)}
}
