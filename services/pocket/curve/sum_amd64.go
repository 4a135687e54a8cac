package curve

// pairLanes is sumTables for both sums of [Pair]: every table's rows are halved
// between two lanes, the left sum is lanes 0 to 3, the right one 4 to 7.
func pairLanes(s, c *recoded, tables [4]*Table) (sums [2]Point) {
	const steps = 16
	var z pointLanes
	for step := range steps {
		var rows [8]*Affine
		var neg uint64
		for half := range 2 {
			at := half*steps + step
			sAt, sNeg := s.byteAt(at)
			cAt, cNeg := c.byteAt(at)
			rows[half], rows[half+4] = &tables[0].rows[at][sAt], &tables[2].rows[at][sAt]
			rows[half+2], rows[half+6] = &tables[1].rows[at][cAt], &tables[3].rows[at][cAt]
			neg |= (sNeg&0x11 | cNeg&0x44) << half
		}
		z.addOrSet(step, &rows, neg)
	}
	z.join(1)
	z.join(2)
	return [2]Point{z.get(0), z.get(4)}
}

// tableLanes is Table.sum over eight lanes.
func tableLanes(k *recoded, t *Table) Point {
	const steps = 4
	var z pointLanes
	for step := range steps {
		var rows [8]*Affine
		var neg uint64
		for lane := range rows {
			window := lane*steps + step
			at, minus := k.byteAt(window)
			rows[lane] = &t.rows[window][at]
			neg |= minus & 1 << lane
		}
		z.addOrSet(step, &rows, neg)
	}
	z.join(1)
	z.join(2)
	z.join(4)
	return z.get(0)
}

// addOrSet is the sum's step: the first sets, the others add.
func (z *pointLanes) addOrSet(step int, rows *[8]*Affine, neg uint64) {
	if step == 0 {
		setLanes(z, rows, neg)
	} else {
		addLanes(z, rows, neg)
	}
}

// secretLanes is sumSecret over eight lanes.
func secretLanes(k *recoded, t *SecretTable) Point {
	const steps = 8
	z := sumSecretLanes(k, [8]*SecretTable{t, t, t, t, t, t, t, t}, steps)
	z.join(1)
	z.join(2)
	z.join(4)
	return z.get(0)
}

// secretPairLanes is sumSecret for two tables, four lanes each.
func secretPairLanes(k *recoded, t, u *SecretTable) [2]Point {
	const steps = 16
	z := sumSecretLanes(k, [8]*SecretTable{t, t, t, t, u, u, u, u}, steps)
	z.join(1)
	z.join(2)
	return [2]Point{z.get(0), z.get(4)}
}

// sumSecretLanes shares the windows out among the lanes of one table, steps
// windows to each.
func sumSecretLanes(k *recoded, tables [8]*SecretTable, steps int) (z pointLanes) {
	var chosen [8]Affine
	var rows [8]*Affine
	for lane := range rows {
		rows[lane] = &chosen[lane]
	}
	for step := range steps {
		var from [8]*[8]Affine
		var at [8]uint64
		var neg uint64
		for lane, t := range tables {
			window := (lane*steps + step) % len(t.rows)
			digit, minus := k.nibbleAt(window)
			from[lane], at[lane] = &t.rows[window], digit
			neg |= minus & 1 << lane
		}
		selectLanes(&chosen, &from, &at)
		z.addOrSet(step, &rows, neg)
	}
	return z
}

// turns are the lane orders that bring each lane its neighbour's value.
var turns = func() (t [5][8]uint64) {
	for by := range t {
		for lane := range t[by] {
			t[by][lane] = uint64((lane + by) % 8)
		}
	}
	return t
}()

// join adds to lane i what is in lane i + by.
func (z *pointLanes) join(by int) {
	var other pointLanes
	turnLanes(&other, z, &turns[by])
	joinLanes(z, &other)
}
