package ring_test

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/lodeworks/lode/services/pocket/keys"
	"github.com/lodeworks/lode/services/pocket/ring"
)

// A gateway signs for an application that delegates to it, and a relayer
// verifies. The keys are test keys.
func Example() {
	app, _ := keys.NewPrivate(sha256.Sum256([]byte("test application")))
	gateway, _ := keys.NewPrivate(sha256.Sum256([]byte("test gateway")))
	members := []ring.PublicKey{app.Public(), gateway.Public()}

	signer, err := ring.NewSigner(nil, gateway.Secret(), members)
	if err != nil {
		fmt.Println(err)
		return
	}
	msg := sha256.Sum256([]byte("stands for the request hash"))
	sig, err := signer.Sign(msg, rand.Reader)
	if err != nil {
		fmt.Println(err)
		return
	}

	v := ring.NewVerifier(nil)
	fmt.Println(len(sig), v.Verify(msg, sig, ring.NewSet(members...)))
	err = v.Verify(msg, sig, ring.NewSet(app.Public(), ring.Placeholder()))
	fmt.Println(errors.Is(err, ring.ErrNotMember))
	// Output:
	// 199 <nil>
	// true
}
