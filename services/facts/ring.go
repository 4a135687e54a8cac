package facts

import (
	"context"
	"fmt"

	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	apptypes "github.com/pokt-network/poktroll/x/application/types"

	"github.com/lodeworks/lode/services/pocket/ring"
)

// ringKey names the ring of an application for sessions that end at one height.
type ringKey struct {
	application string
	end         int64
}

// signers are who may sign in a session: their keys, and the addresses of the gateways among them.
type signers struct {
	set      ring.Set
	gateways []string
}

// Ring returns the keys that may sign for the application in a session that ends at end. With fresh set, the chain
// is asked again: a new delegation counts at once, even in a running session.
func (f *Facts) Ring(ctx context.Context, application string, end int64, fresh bool) (ring.Set, error) {
	key := ringKey{application, end}
	if kept, ok := f.ringCache.Get(key); ok && !fresh {
		return kept.set, nil
	}
	return once(ctx, f, fmt.Sprintf("ring/%s/%d", application, end), func(ctx context.Context) (ring.Set, error) {
		members, gateways, err := f.ringMembers(ctx, application, end)
		if err != nil {
			return ring.Set{}, err
		}
		set := ring.NewSet(members...)
		f.ringCache.Add(key, signers{set, gateways})
		return set, nil
	})
}

// KeptGateways returns the gateways of a ring that Ring was asked for, without asking the chain. It is false when the
// ring is not kept.
func (f *Facts) KeptGateways(application string, end int64) (gateways []string, known bool) {
	kept, known := f.ringCache.Get(ringKey{application, end})
	return kept.gateways, known
}

// RingMembers returns the ring in the order in which our gateway signs: the application, then its gateways.
func (f *Facts) RingMembers(ctx context.Context, application string, end int64) ([]ring.PublicKey, error) {
	members, _, err := f.ringMembers(ctx, application, end)
	return members, err
}

// ringMembers are the keys of a ring, and its gateways' addresses.
func (f *Facts) ringMembers(ctx context.Context, application string, end int64) (members []ring.PublicKey, gateways []string, err error) {
	res, err := f.apps.Application(ctx, &apptypes.QueryGetApplicationRequest{Address: application})
	if err != nil {
		return nil, nil, fmt.Errorf("ask for application %s: %w", application, err)
	}
	gateways = gatewaysAt(&res.Application, end)
	for _, address := range append([]string{application}, gateways...) {
		key, err := f.PublicKey(ctx, address)
		if err != nil {
			return nil, nil, err
		}
		members = append(members, key)
	}
	if len(gateways) == 0 {
		members = append(members, ring.Placeholder())
	}
	return members, gateways, nil
}

// gatewaysAt lists the gateways that may sign for the application in a session ending at end: those delegated to
// now, and those undelegated in this or a later session (ring-signature.md §3).
func gatewaysAt(app *apptypes.Application, end int64) []string {
	gateways := append([]string(nil), app.DelegateeGatewayAddresses...)
	seen := map[string]bool{}
	for height, list := range app.PendingUndelegations {
		if int64(height) < end {
			continue
		}
		for _, gateway := range list.GatewayAddresses {
			if !seen[gateway] {
				seen[gateway] = true
				gateways = append(gateways, gateway)
			}
		}
	}
	return gateways
}

// PublicKey returns the compressed secp256k1 key of an account. An account that never signed has none on chain.
func (f *Facts) PublicKey(ctx context.Context, address string) (ring.PublicKey, error) {
	if key, ok := f.keyCache.Get(address); ok {
		return key, nil
	}
	return once(ctx, f, "key/"+address, func(ctx context.Context) (ring.PublicKey, error) {
		account, err := f.Account(ctx, address)
		if err != nil {
			return ring.PublicKey{}, err
		}
		key, err := publicKey(account)
		if err == nil {
			f.keyCache.Add(address, key)
		}
		return key, err
	})
}

// Account returns the account record: its number, sequence and key.
func (f *Facts) Account(ctx context.Context, address string) (*authtypes.BaseAccount, error) {
	res, err := f.auth.Account(ctx, &authtypes.QueryAccountRequest{Address: address})
	if err != nil {
		return nil, fmt.Errorf("ask for account %s: %w", address, err)
	}
	const baseAccount = "/cosmos.auth.v1beta1.BaseAccount"
	if res.Account == nil || res.Account.TypeUrl != baseAccount {
		return nil, fmt.Errorf("account %s is not a base account", address)
	}
	account := new(authtypes.BaseAccount)
	if err := account.Unmarshal(res.Account.Value); err != nil {
		return nil, fmt.Errorf("decode account %s: %w", address, err)
	}
	return account, nil
}

// AccountNumber is the number of an account, which never changes: it is asked for once.
func (f *Facts) AccountNumber(ctx context.Context, address string) (uint64, error) {
	if n, ok := f.numberCache.Get(address); ok {
		return n, nil
	}
	account, err := f.Account(ctx, address)
	if err != nil {
		return 0, err
	}
	f.numberCache.Add(address, account.AccountNumber)
	return account.AccountNumber, nil
}

func publicKey(account *authtypes.BaseAccount) (ring.PublicKey, error) {
	var out ring.PublicKey
	if account.PubKey == nil {
		return out, fmt.Errorf("account %s has no public key on chain: it never signed a transaction", account.Address)
	}
	if account.PubKey.TypeUrl != "/cosmos.crypto.secp256k1.PubKey" {
		return out, fmt.Errorf("account %s has a key of type %s, not secp256k1", account.Address, account.PubKey.TypeUrl)
	}
	key := new(cryptotypes.PubKey)
	if err := key.Unmarshal(account.PubKey.Value); err != nil {
		return out, fmt.Errorf("decode key of %s: %w", account.Address, err)
	}
	if len(key.Key) != len(out) {
		return out, fmt.Errorf("key of %s has %d bytes", account.Address, len(key.Key))
	}
	copy(out[:], key.Key)
	return out, nil
}
