package event

import (
	"fmt"
	"math/big"
	"strings"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Denom is the coin that every amount here is in.
const Denom = "upokt"

// maxBits bounds an amount: what a UInt128 column holds, far above the supply.
const maxBits = 128

// Upokt reads a coin string such as "1234upokt" as whole upokt. Empty is zero: older events lack newer fields.
func Upokt(coin string) (*big.Int, error) {
	if coin == "" {
		return new(big.Int), nil
	}
	digits, ok := strings.CutSuffix(coin, Denom)
	if !ok {
		return nil, fmt.Errorf("amount %.64q is not in %s", coin, Denom)
	}
	return Units(digits)
}

// Units reads a non-negative decimal integer of at most 128 bits.
func Units(digits string) (*big.Int, error) {
	if digits == "" || len(digits) > 40 || strings.Trim(digits, "0123456789") != "" {
		return nil, fmt.Errorf("%.64q is not a non-negative integer of at most %d bits", digits, maxBits)
	}
	amount, _ := new(big.Int).SetString(digits, 10)
	if amount.BitLen() > maxBits {
		return nil, fmt.Errorf("%s has more than %d bits", digits, maxBits)
	}
	return amount, nil
}

// maxCoins bounds the text of one amount, in bytes.
const maxCoins = 64 << 10

// UpoktOf reads a list of coins such as "5mact,1234upokt", as the bank module writes it, and returns the upokt in it: 0
// when there are none.
func UpoktOf(coins string) (*big.Int, error) {
	if len(coins) > maxCoins {
		return nil, fmt.Errorf("amount has %d bytes", len(coins))
	}
	list, err := sdk.ParseCoinsNormalized(coins)
	if err != nil {
		return nil, fmt.Errorf("amount %.64q is no list of coins: %w", coins, err)
	}
	amount := list.AmountOf(Denom).BigInt()
	if amount.BitLen() > maxBits {
		return nil, fmt.Errorf("%s has more than %d bits", amount, maxBits)
	}
	return amount, nil
}
