package ledger

import (
	"fmt"
	"math/big"
)

// Amount is a number of whole upokt, never negative when it comes from the chain. It is immutable; its zero value is 0.
// Its text is decimal, in JSON a string: such numbers can pass 2^53.
type Amount struct{ n big.Int }

// Upokt is n upokt.
func Upokt(n uint64) Amount { return AmountOf(new(big.Int).SetUint64(n)) }

// AmountOf copies n.
func AmountOf(n *big.Int) (a Amount) {
	a.n.Set(n)
	return a
}

// Big is a copy of the number.
func (a Amount) Big() *big.Int { return new(big.Int).Set(&a.n) }

// Plus is a + b.
func (a Amount) Plus(b Amount) (sum Amount) {
	sum.n.Add(&a.n, &b.n)
	return sum
}

// Minus is a - b; it can be negative.
func (a Amount) Minus(b Amount) (rest Amount) {
	rest.n.Sub(&a.n, &b.n)
	return rest
}

// Equal tells whether both are the same number.
func (a Amount) Equal(b Amount) bool { return a.n.Cmp(&b.n) == 0 }

// Zero tells whether it is 0.
func (a Amount) Zero() bool { return a.n.Sign() == 0 }

// String is the decimal text.
func (a Amount) String() string { return a.n.String() }

// MarshalText is the decimal text.
func (a Amount) MarshalText() ([]byte, error) { return []byte(a.n.String()), nil }

// UnmarshalText reads decimal text.
func (a *Amount) UnmarshalText(text []byte) error {
	if _, ok := a.n.SetString(string(text), 10); !ok {
		return fmt.Errorf("amount %.64q is not a decimal integer", text)
	}
	return nil
}
