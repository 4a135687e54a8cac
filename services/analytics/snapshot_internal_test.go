package analytics

import (
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/ch"
)

// A state that says what the one before said is stored only where it is compared: the supply. Whatever changed is stored.
func TestOnlyNewsOfAState(t *testing.T) {
	said := sayings{}
	state := func(height int64, stake int64, value string) []ch.Row {
		at := time.Unix(height, 0)
		a := actor(kindApplication, "a", seen, seenAt(height, at))
		a.StakeUpokt = big.NewInt(stake)
		return []ch.Row{
			&supplySeenRow{Height: height, Time: at, Upokt: big.NewInt(7)}, a, actor(kindGateway, "a", seen, seenAt(height, at)),
			&serviceRow{Service: "a", place: place{Height: height, Time: at}, Name: "n"},
			&paramSeenRow{Module: "shared", Name: "x", Height: height, Time: at, Value: value},
		}
	}
	store := func(rows []ch.Row) int {
		news, contents := said.news(rows)
		for subject, content := range contents {
			said[subject] = content
		}
		return len(news)
	}
	require.Equal(t, 5, store(state(1, 10, "1")))
	require.Equal(t, 1, store(state(2, 10, "1")), "the supply")
	require.Equal(t, 2, store(state(3, 11, "1")), "and a stake")
	require.Equal(t, 3, store(state(4, 10, "2")), "which changed back, and a parameter")
	require.Equal(t, 1, store(state(5, 10, "2")))
}
