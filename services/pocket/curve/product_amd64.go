package curve

// productLanes makes up to four products, each as two halves side by side.
func productLanes(out []Point, terms []Term) {
	var h [8]half
	for i := range h {
		if i%2 == 0 {
			pair := terms[min(i/2, len(terms)-1)].halves()
			h[i], h[i+1] = pair[0], pair[1]
		}
	}
	rows := oddLanes(&h)
	var z pointLanes
	for i := shortWindows - 1; i >= 0; i-- {
		var q pointLanes
		for lane := range h {
			at, neg := h[lane].nibbleAt(i)
			rows[neg&1][at].copyLane(&q, lane)
		}
		if i == shortWindows-1 {
			z = q
			continue
		}
		for range 4 {
			doubleLanes(&z)
		}
		joinLanes(&z, &q)
	}
	z.join(1)
	for i := range out {
		out[i] = z.get(2 * i)
	}
}

// oddLanes returns 1, 3, … 15 times the point of each lane, and their negatives.
func oddLanes(h *[8]half) (rows [2][multiples]pointLanes) {
	var from [8]*Affine
	for lane := range h {
		from[lane] = &h[lane].p
	}
	setLanes(&rows[0][0], &from, 0)
	double := rows[0][0]
	doubleLanes(&double)
	var minusOne lanes
	for lane := range 8 {
		minusOne.put(lane, &minusOneField)
	}
	for j := range multiples {
		if j > 0 {
			rows[0][j] = rows[0][j-1]
			joinLanes(&rows[0][j], &double)
		}
		rows[1][j] = rows[0][j]
		mulLanes(&rows[1][j][1], &rows[0][j][1], &minusOne)
	}
	return rows
}

// minusOneField is p − 1.
var minusOneField = Field{1<<64 - fold - 1, 1<<64 - 1, 1<<64 - 1, 1<<64 - 1}

// copyLane copies one lane to z.
func (x *pointLanes) copyLane(z *pointLanes, lane int) {
	for c := range x {
		for i := range x[c] {
			z[c][i][lane] = x[c][i][lane]
		}
	}
}
