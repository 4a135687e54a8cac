package tx

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/pocket/keys"
)

// testKey is a test key: never put money on it.
func testKey(t *testing.T) keys.Private {
	key, err := keys.NewPrivate([32]byte(bytes.Repeat([]byte{1}, 32)))
	require.NoError(t, err)
	return key
}

func upokt(n int64) sdk.Coins { return sdk.Coins{{Denom: "upokt", Amount: math.NewInt(n)}} }

func request() Request {
	return Request{
		Messages: []proto.Message{&banktypes.MsgSend{
			FromAddress: "pokt10xcqpzrky6eff2g52qdye53xkk9jxkvrux9gum",
			ToAddress:   "pokt1eeeksh2tvkh7wzmfrljnhw4wrhs55lcuvmekkw",
			Amount:      upokt(5),
		}},
		ChainID: "pocket", AccountNumber: 7, Fee: upokt(1), GasLimit: 200000,
		TimeoutHeight: 42, Unordered: true, Timeout: time.Unix(1700000000, 0),
	}
}

// Protocol chain-io.md §4.
func TestSign(t *testing.T) {
	s, err := Sign(request(), testKey(t))
	require.NoError(t, err)
	require.Equal(t, "0a4e0a460a1f2f636f736d6f732e63727970746f2e736563703235366b312e5075624b657912230a21031b84c5567b126440995d3e"+
		"d5aaba0565d71e1834604819ff9c17f5e9d5dd078f12040a02080112100a0a0a0575706f6b7412013110c09a0c", hex.EncodeToString(s.AuthInfo))
	require.True(t, strings.HasSuffix(hex.EncodeToString(s.Body), "182a20012a060880e2cfaa06"))
	require.Equal(t, "703502fb6b1d621d8101a0300798a2aaaf4b4d1d999a769e602c4089a7b6d69862564dc1c9a93306c601eb58088a295da8720c71a8db75d7a46824a15d814820",
		hex.EncodeToString(s.Signature))
	require.Equal(t, "137E9D44B4E94A5EE60F6788092899DB704CE0C0A1DE6B367C4C9F6E73F8BD0D", s.Hash)
	require.NoError(t, keys.Verify(testKey(t).Public(), s.SignDoc, s.Signature))
}

func TestTimeZoneDoesNotMatter(t *testing.T) {
	key := testKey(t)
	a, err := Sign(request(), key)
	require.NoError(t, err)
	r := request()
	r.Timeout = r.Timeout.In(time.FixedZone("", 3600))
	b, err := Sign(r, key)
	require.NoError(t, err)
	require.Equal(t, a, b)
}

func TestFaultyRequests(t *testing.T) {
	for want, spoil := range map[error]func(*Request){
		ErrNoMessages: func(r *Request) { r.Messages = nil },
		ErrUnordered:  func(r *Request) { r.Timeout = time.Time{} },
		ErrMemo:       func(r *Request) { r.Memo = strings.Repeat("m", 257) },
	} {
		r := request()
		spoil(&r)
		_, err := Sign(r, testKey(t))
		require.ErrorIs(t, err, want)
	}
	r := request()
	r.Sequence = 1
	_, err := Sign(r, testKey(t))
	require.ErrorIs(t, err, ErrUnordered)
	r = request()
	r.Messages = []proto.Message{nil}
	_, err = Sign(r, testKey(t))
	require.Error(t, err)
}
