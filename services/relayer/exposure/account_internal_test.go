package exposure

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
)

// TestArithmetic compares what stops at the ends of its range with numbers that have none.
func TestArithmetic(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		amount := rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 3), rapid.Uint64Range(math.MaxUint64-3, math.MaxUint64))
		a, b := amount.Draw(r, "a"), amount.Draw(r, "b")
		clamp := func(f func(z, x, y *big.Int) *big.Int) uint64 {
			z := f(new(big.Int), new(big.Int).SetUint64(a), new(big.Int).SetUint64(b))
			switch {
			case z.Sign() < 0:
				return 0
			case !z.IsUint64():
				return math.MaxUint64
			default:
				return z.Uint64()
			}
		}
		require.Equal(r, clamp((*big.Int).Add), plus(a, b))
		require.Equal(r, clamp((*big.Int).Sub), minus(a, b))
		require.Equal(r, clamp((*big.Int).Mul), times(a, b))
	})
}

// TestNext: a chunk is whole relays, fits, and is at most a sixteenth, or one relay, or those that wait; there is one while
// a relay fits, and enough for all that wait while they fit.
func TestNext(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		amount := rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 1000))
		a := newAccount(Terms{Cost: amount.Draw(r, "cost"), Max: amount.Draw(r, "max")})
		a.granted, a.spent, a.pace = amount.Draw(r, "granted"), amount.Draw(r, "spent"), amount.Draw(r, "pace")
		a.wanted = amount.Draw(r, "wanted")
		others := amount.Draw(r, "others")
		free := minus(minus(a.Max, others), max(a.granted, a.spent))
		chunk := a.next(others)
		if a.Cost == 0 || free < a.Cost {
			require.Zero(r, chunk)
			return
		}
		require.Zero(r, chunk%a.Cost)
		require.GreaterOrEqual(r, chunk, a.Cost)
		require.LessOrEqual(r, chunk, free)
		require.LessOrEqual(r, chunk, max(free/share, a.Cost, a.wanted))
		require.LessOrEqual(r, chunk, max(a.pace, a.Cost, a.wanted))
		require.Greater(r, plus(chunk, a.Cost), min(free, a.wanted))
	})
}

// TestUnused: what a relayer keeps from others is bounded as the package says, whatever others do.
func TestUnused(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		cost := rapid.Uint64Range(1, 10).Draw(r, "cost")
		a := newAccount(Terms{Cost: cost, Max: rapid.Uint64Range(cost, 5000).Draw(r, "max")})
		bound := max(cost, a.Max*3/32)
		var others, given, served uint64 // given back and not returned to the bucket; served since the last sweep
		for range rapid.IntRange(1, 300).Draw(r, "steps") {
			switch rapid.IntRange(0, 9).Draw(r, "what") {
			default:
				for range rapid.IntRange(1, 20).Draw(r, "relays") {
					if a.take() {
						served += cost
					}
					if a.low() {
						held := a.held()
						a.settle(held, held+a.next(others), others)
					}
				}
			case 0:
				if a.spent > 0 {
					a.giveBack()
					given += cost
				}
			case 1:
				others = rapid.Uint64Range(0, minus(a.Max, a.granted)).Draw(r, "others")
			case 2:
				before := a.granted
				require.Equal(r, before, a.granted+a.surplus())
				require.LessOrEqual(r, a.left(), max(2*served, 2*firstChunk*cost))
				if served == 0 {
					require.Zero(r, a.left())
				}
				given, served = minus(a.left(), bound), 0
			}
			require.LessOrEqual(r, a.granted+others, a.Max)
			require.LessOrEqual(r, a.spent, a.granted)
			require.LessOrEqual(r, a.left(), bound+given)
		}
	})
}

// FuzzExposure: bytes from the bucket are an entry or an error; a rewritten entry keeps what is not ours.
func FuzzExposure(f *testing.F) {
	for _, e := range []*relayv1.Exposure{
		{},
		{ForgetHeight: 7, Grants: []*relayv1.Grant{{Relayer: "us", Upokt: 5}, {Relayer: "them", Upokt: 6}}},
		{Grants: []*relayv1.Grant{{Relayer: "a", Upokt: math.MaxUint64}, {Relayer: "a", Upokt: 1}, {}}},
	} {
		raw, err := proto.Marshal(e)
		require.NoError(f, err)
		f.Add(raw, uint64(3))
	}
	f.Add([]byte{0xff}, uint64(0))
	f.Fuzz(func(t *testing.T, raw []byte, ours uint64) {
		e, err := decode(raw)
		if err != nil {
			return
		}
		v := view{grants: e.GetGrants()}
		_, others := v.of("us")
		again, err := proto.Marshal(v.with("us", ours, 9))
		require.NoError(t, err)
		e, err = decode(again)
		require.NoError(t, err)
		require.Equal(t, int64(9), e.GetForgetHeight())
		haveOurs, haveOthers := view{grants: e.GetGrants()}.of("us")
		require.Equal(t, []uint64{ours, others}, []uint64{haveOurs, haveOthers})
	})
}
