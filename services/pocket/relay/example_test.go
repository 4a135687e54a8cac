package relay_test

import (
	"crypto/sha256"
	"fmt"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"

	"github.com/lodeworks/lode/services/pocket/keys"
	"github.com/lodeworks/lode/services/pocket/relay"
)

// A supplier answers a request, and the relay becomes a leaf of the session's
// tree. The keys are test keys.
func Example() {
	app, _ := keys.NewPrivate(sha256.Sum256([]byte("test application")))
	supplier, _ := keys.NewPrivate(sha256.Sum256([]byte("test supplier")))
	req := &servicetypes.RelayRequest{
		Meta: servicetypes.RelayRequestMetadata{
			SessionHeader: &sessiontypes.SessionHeader{
				ApplicationAddress: app.Address(), ServiceId: "svc", SessionId: "id",
				SessionStartBlockHeight: 1, SessionEndBlockHeight: 10,
			},
			Signature:               []byte("a ring signature"),
			SupplierOperatorAddress: supplier.Address(),
		},
		Payload: []byte("question"),
	}
	fmt.Println("request:", relay.CheckRequest(req))

	res, err := relay.NewResponse(req.Meta.SessionHeader, []byte("answer"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("sign:", relay.SignResponse(res, supplier))
	fmt.Println("verify:", relay.VerifyResponse(res, supplier.Public()))

	_, hash, err := relay.Leaf(req, res)
	fmt.Printf("leaf: %x %v\n", hash[:4], err)
	// Output:
	// request: <nil>
	// sign: <nil>
	// verify: <nil>
	// leaf: 6ce0906d <nil>
}
