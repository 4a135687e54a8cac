package smst

import "sync/atomic"

// build makes the tree of the leaves, on as many cores as there are workers.
// If a path is there twice it says so and there is no tree.
func build(leaves store, workers int) (t *Tree, distinct bool) {
	b := distribute(&leaves, workers)
	var tiles []*node
	t = &Tree{leaves: leaves, order: b.order}
	t.crown = plan(&b, 0, 0, len(b.ends), &tiles)
	if !t.hashTiles(tiles, workers) {
		return nil, false
	}
	t.crown.fold()
	return t, true
}

// hashTiles sorts the leaves of the tiles and computes their digests, unless a
// path is there twice.
func (t *Tree) hashTiles(tiles []*node, workers int) (distinct bool) {
	var next tickets
	var twice atomic.Bool
	inParallel(min(workers, len(tiles)), func(int) {
		sorter := sorter{leaves: &t.leaves}
		tile := tile{leaves: &t.leaves}
		for i, ok := next.take(len(tiles)); ok && !twice.Load(); i, ok = next.take(len(tiles)) {
			n := tiles[i]
			if !sorter.sort(t.order[n.lo:n.hi], n.depth) {
				twice.Store(true)
				return
			}
			t.hashTile(n, &tile)
		}
	})
	return !twice.Load()
}

// hashTile computes the digest of a tile whose leaves are sorted. One of too
// many leaves, as only paths that are no hashes make it, becomes several.
func (t *Tree) hashTile(n *node, tile *tile) {
	if n.len() <= tileLeaves {
		n.digest = t.digest(position{n.span, n.depth, nil}, tile)
		return
	}
	left, right := t.split(n.span, n.depth)
	n.left = &node{span: left, depth: n.depth + 1}
	n.right = &node{span: right, depth: n.depth + 1}
	t.hashTile(n.left, tile)
	t.hashTile(n.right, tile)
}
