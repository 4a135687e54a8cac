package keys_test

import (
	"fmt"

	"github.com/lodeworks/lode/services/pocket/keys"
)

// The key is the public one of ring placeholders, a key that everyone knows.
func ExampleParseHex() {
	p, err := keys.ParseHex("60c6cbe6b5011807d6486f351cbde6f964356df1d0bc1b04f8589cead5ab5206")
	fmt.Println(p, err)
	sig := p.Sign([]byte("message"))
	fmt.Println(keys.Verify(p.Public(), []byte("message"), sig[:]))
	// Output:
	// private key of pokt1v9utztg8z8e6jv9xzv7rnt3m38570xsyjr2crf <nil>
	// <nil>
}
