package session

import (
	"cmp"
	"encoding/binary"
	"slices"

	"golang.org/x/crypto/sha3"
)

// Weight orders a supplier among the candidates for a session: the first 8
// bytes of a hash over the session's [Preimage] and the operator's address,
// read as a signed number. The lightest are chosen.
func Weight(preimage []byte, operator string) int64 {
	sum := sha3.Sum256(append(append(slices.Clip(preimage), '.'), operator...))
	return int64(binary.BigEndian.Uint64(sum[:]))
}

// Select returns the suppliers of a session, at most limit of candidates
// (operator addresses). If there are fewer candidates than limit it is all of
// them in the order given; else the lightest, by ascending [Weight], ties by
// address.
func Select(preimage []byte, candidates []string, limit int) []string {
	chosen := slices.Clone(candidates)
	if len(chosen) < limit {
		return chosen
	}
	weight := make(map[string]int64, len(chosen))
	for _, operator := range chosen {
		weight[operator] = Weight(preimage, operator)
	}
	slices.SortFunc(chosen, func(a, b string) int {
		return cmp.Or(cmp.Compare(weight[a], weight[b]), cmp.Compare(a, b))
	})
	return chosen[:max(0, limit)]
}
