package hasher

import (
	"cmp"
	"slices"
)

// holder is who owns a partition as its fold log says, and the log's last message.
type holder struct {
	hasher string // empty: nobody
	step   uint64
}

// share is what one hasher should take and give so that all that are alive own equally many partitions, to within one.
// It moves no partition without need: a hasher gives only what it has too much of, and takes only what nobody alive has.
// All who see the same roster and holders come to plans that fit together.
func share(self string, alive []string, holders []holder, mine map[uint32]bool) (take, give []uint32) {
	rank, here := slices.BinarySearch(alive, self)
	if !here {
		return nil, nil
	}
	quota, owned := quota(self, alive, holders), sorted(mine)
	if len(owned) > quota {
		return nil, owned[quota:]
	}
	for i := range holders {
		if len(owned)+len(take) == quota {
			break
		}
		p := uint32((i + rank*len(holders)/len(alive)) % len(holders)) // each begins elsewhere: they seldom meet
		if _, taken := slices.BinarySearch(alive, holders[p].hasher); !mine[p] && (!taken || holders[p].hasher == self) {
			take = append(take, p)
		}
	}
	return take, nil
}

// quota is how many partitions a hasher should own. Those that have more than others keep what can't be divided.
func quota(self string, alive []string, holders []holder) int {
	have := map[string]int{}
	for _, h := range holders {
		have[h.hasher]++
	}
	order := slices.Clone(alive)
	slices.SortStableFunc(order, func(a, b string) int { return cmp.Compare(have[b], have[a]) })
	n := len(holders) / len(alive)
	if slices.Index(order, self) < len(holders)%len(alive) {
		n++
	}
	return n
}

func sorted(set map[uint32]bool) []uint32 {
	list := make([]uint32, 0, len(set))
	for p := range set {
		list = append(list, p)
	}
	slices.Sort(list)
	return list
}
