package submitter

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
	"google.golang.org/protobuf/proto"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
)

// naturalKey is how the chain's events name a claim.
type naturalKey struct {
	supplier, application, service string
	end                            int64
}

// entry names the ending of a claim in its bucket, whatever the chain allows in names.
func (k naturalKey) entry() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %d", k.application, k.service, k.end))
	return k.supplier + "." + hex.EncodeToString(sum[:16])
}

func keyOf(t *relayv1.Terms) string { return keyIn(t.Supplier, t.SessionId) }

// keyIn names an obligation in its bucket.
func keyIn(supplier, session string) string { return supplier + "." + session }

func naturalKeyOf(t *relayv1.Terms) naturalKey {
	return naturalKey{t.Supplier, t.Application, t.Service, t.EndHeight}
}

func headerOf(t *relayv1.Terms) *sessiontypes.SessionHeader {
	return &sessiontypes.SessionHeader{
		ApplicationAddress: t.Application, ServiceId: t.Service, SessionId: t.SessionId,
		SessionStartBlockHeight: t.StartHeight, SessionEndBlockHeight: t.EndHeight,
	}
}

// with returns a changed copy: what is in the book is never changed in place.
func with(o *claimv1.Obligation, change func(*claimv1.Obligation)) *claimv1.Obligation {
	c := proto.CloneOf(o)
	change(c)
	return c
}
