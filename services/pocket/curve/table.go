package curve

// Table holds multiples of one public point, so that any multiple is a sum of
// 32 of them: row i has 1, 3, … 255 times 2^(8i) times the point. 256 KiB.
type Table struct{ rows [32][128]Affine }

// SecretTable does the same for secret scalars with 64 rows of 1, 3, … 15
// times 2^(4i) times the point: short rows, because a secret look-up reads all
// of its row. 32 KiB.
type SecretTable struct{ rows [64][8]Affine }

// NewTable returns the table of p, which is not infinity. The work is that of
// about 30 products of [Products].
func NewTable(p *Affine) *Table {
	t := new(Table)
	rows := make([][]Affine, len(t.rows))
	for i := range rows {
		rows[i] = t.rows[i][:]
	}
	fill(rows, p, 8)
	return t
}

// NewSecretTable returns the table of p, which is public and not infinity.
func NewSecretTable(p *Affine) *SecretTable {
	t := new(SecretTable)
	rows := make([][]Affine, len(t.rows))
	for i := range rows {
		rows[i] = t.rows[i][:]
	}
	fill(rows, p, 4)
	return t
}

// fill sets row i to 1, 3, 5, … times 2^(w·i)·p.
func fill(rows [][]Affine, p *Affine, w int) {
	bases, doubles := chain(p, len(rows), w)
	if tier == IFMA {
		fillLanes(rows, bases, doubles)
		return
	}
	points, scratch := make([]Point, len(rows[0])), make([]Field, len(rows[0]))
	for i := range rows {
		odd(rows[i], &bases[i], &doubles[i], points, scratch)
	}
}

// chain returns 2^(w·i)·p and twice that, for i below rows.
func chain(p *Affine, rows, w int) (bases, doubles []Affine) {
	points := make([]Point, 2*rows)
	var z Point
	z.setAffine(p)
	for i := range rows {
		points[i] = z
		z.double()
		points[rows+i] = z
		for range w - 1 {
			z.double()
		}
	}
	flat := make([]Affine, 2*rows)
	normalize(flat, points, make([]Field, 2*rows))
	return flat[:rows], flat[rows:]
}

// odd fills row with 1, 3, 5, … times base. No sum is exceptional: a small odd
// multiple of a point is never ± its double, for the group order is prime.
// points and scratch are as long as row.
func odd(row []Affine, base, double *Affine, points []Point, scratch []Field) {
	points[0].setAffine(base)
	for j := 1; j < len(row); j++ {
		points[j] = points[j-1]
		points[j].addAffine(double)
	}
	normalize(row, points, scratch)
}

// point is what the table was made of.
func (t *Table) point() *Affine { return &t.rows[0][0] }

// at returns what window i of k adds.
func (t *Table) at(i int, k *recoded) Affine {
	at, neg := k.byteAt(i)
	p := t.rows[i][at]
	p.Y.negIf(neg)
	return p
}

// at returns what window i of k adds; it reads the whole row.
func (t *SecretTable) at(i int, k *recoded) (p Affine) {
	at, neg := k.nibbleAt(i)
	for j := range t.rows[i] {
		mask := -(((at ^ uint64(j)) - 1) >> 63) // all ones for j = at
		p.X.pick(mask, &t.rows[i][j].X, &p.X)
		p.Y.pick(mask, &t.rows[i][j].Y, &p.Y)
	}
	p.Y.negIf(neg)
	return p
}
