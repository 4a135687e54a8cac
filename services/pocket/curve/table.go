package curve

// Table holds multiples of one public point, so that any multiple is a sum of
// 32 of them: row i has 1, 3, … 255 times 2^(8i) times the point. 256 KiB.
type Table struct{ rows [32][128]Affine }

// SecretTable does the same for secret scalars with 64 rows of 1, 3, … 15
// times 2^(4i) times the point: short rows, because a secret look-up reads all
// of its row. 32 KiB.
type SecretTable struct{ rows [64][8]Affine }

// NewTable returns the table of p, which is not infinity. The work is that of
// about 100 multiplications by a scalar.
func NewTable(p *Affine) *Table {
	t := new(Table)
	b := newBuilder(128)
	bases, doubles := b.chain(p, len(t.rows), 8)
	for i := range t.rows {
		b.odd(t.rows[i][:], &bases[i], &doubles[i])
	}
	return t
}

// NewSecretTable returns the table of p, which is not infinity. p is public.
func NewSecretTable(p *Affine) *SecretTable {
	t := new(SecretTable)
	b := newBuilder(8)
	bases, doubles := b.chain(p, len(t.rows), 4)
	for i := range t.rows {
		b.odd(t.rows[i][:], &bases[i], &doubles[i])
	}
	return t
}

// builder has the space to make rows of tables.
type builder struct {
	points  []Point
	scratch []Field
}

func newBuilder(row int) *builder {
	return &builder{points: make([]Point, row), scratch: make([]Field, max(row, 128))}
}

// chain returns 2^(w·i)·p and twice that, for i below rows.
func (b *builder) chain(p *Affine, rows, w int) (bases, doubles []Affine) {
	points := make([]Point, 2*rows)
	var z Point
	z.setAffine(p)
	for i := range rows {
		points[2*i] = z
		z.double()
		points[2*i+1] = z
		for range w - 1 {
			z.double()
		}
	}
	flat := make([]Affine, 2*rows)
	normalize(flat, points, b.scratch)
	for i := range rows {
		bases, doubles = append(bases, flat[2*i]), append(doubles, flat[2*i+1])
	}
	return bases, doubles
}

// odd fills row with 1, 3, 5, … times base. No sum is exceptional: a small odd
// multiple of a point is never ± its double, for the group order is prime.
func (b *builder) odd(row []Affine, base, double *Affine) {
	b.points[0].setAffine(base)
	for j := 1; j < len(row); j++ {
		b.points[j] = b.points[j-1]
		b.points[j].addAffine(double)
	}
	normalize(row, b.points, b.scratch)
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
