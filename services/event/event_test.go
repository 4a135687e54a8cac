package event_test

import (
	"math/big"
	"strings"
	"testing"

	sdk "github.com/cosmos/cosmos-sdk/types"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"
	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/event"
)

// What the chain's own encoder writes, Decode reads back.
func TestDecodeInvertsTheChainsEncoder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ -~äπ"\\]{0,20}`)
		in := &tokenomicstypes.EventClaimSettled{
			ProofRequirementInt: rapid.Int32().Draw(t, "requirement"), NumRelays: rapid.Uint64().Draw(t, "relays"),
			ClaimedUpokt: text.Draw(t, "claimed"), SessionEndBlockHeight: rapid.Int64().Draw(t, "end"),
			SupplierOperatorAddress: text.Draw(t, "supplier"), MintRatio: text.Draw(t, "ratio"),
			RewardDistribution: map[string]string{"a": text.Draw(t, "reward")},
			RewardDistributionDetailed: []tokenomicstypes.RewardDistributionDetail{
				{RecipientAddress: text.Draw(t, "recipient"), OpReason: 4, Amount: "7upokt"}, {OpReason: 24}},
		}
		encoded, err := sdk.TypedEventToEvent(in)
		require.NoError(t, err)
		said := &chainv1.Event{Type: encoded.Type}
		for _, a := range encoded.Attributes {
			said.Attributes = append(said.Attributes, &chainv1.Attribute{Key: a.Key, Value: a.Value})
		}
		said.Attributes = append(said.Attributes, &chainv1.Attribute{Key: "mode", Value: "EndBlock"}, &chainv1.Attribute{Key: "msg_index", Value: "0x"})
		out := &tokenomicstypes.EventClaimSettled{}
		require.NoError(t, event.Decode(said, out))
		require.Equal(t, in, out)
	})
}

func TestDecodeToleratesOtherVersionsAndRefusesGarbage(t *testing.T) {
	said := func(key, value string) *chainv1.Event {
		return &chainv1.Event{Type: "pocket.proof.EventClaimCreated", Attributes: []*chainv1.Attribute{{Key: key, Value: value}}}
	}
	var out prooftypes.EventClaimCreated
	require.NoError(t, event.Decode(said("a_newer_field", `{"x":1}`), &out))
	require.NoError(t, event.Decode(said("num_relays", `"25"`), &out))
	require.Equal(t, uint64(25), out.NumRelays)
	for name, bad := range map[string]*chainv1.Event{
		"not JSON":    said("num_relays", `25"`),
		"negative":    said("num_relays", `"-1"`),
		"not a count": said("num_relays", `{}`),
		"other type":  {Type: "pocket.proof.EventProofSubmitted"},
		"no event":    nil,
	} {
		require.Error(t, event.Decode(bad, &prooftypes.EventClaimCreated{}), name)
	}
}

func TestUpokt(t *testing.T) {
	for text, want := range map[string]string{
		"": "0", "0upokt": "0", "1234upokt": "1234", "007upokt": "7",
		"340282366920938463463374607431768211455upokt": "340282366920938463463374607431768211455",
	} {
		got, err := event.Upokt(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got.String())
	}
	for _, bad := range []string{"upokt", "12", "12mact", "-1upokt", "1.5upokt", "+1upokt", " 1upokt", "1 upokt", "0x10upokt", "1_000upokt",
		"340282366920938463463374607431768211456upokt", strings.Repeat("9", 1<<16) + "upokt"} {
		_, err := event.Upokt(bad)
		require.Error(t, err, "%.20q", bad)
	}
}

// FuzzDecode: whatever the attributes hold, there is an error or a message, and never a panic.
func FuzzDecode(f *testing.F) {
	f.Add("num_relays", `"25"`, "claimed_upokt", `"105000upokt"`)
	f.Add("reward_distribution_detailed", `[{"op_reason":"TLM_GLOBAL_MINT_INFLATION"}]`, "mode", "EndBlock")
	f.Fuzz(func(t *testing.T, key1, value1, key2, value2 string) {
		said := &chainv1.Event{Type: "pocket.tokenomics.EventClaimSettled", Attributes: []*chainv1.Attribute{{Key: key1, Value: value1}, {Key: key2, Value: value2}}}
		var out tokenomicstypes.EventClaimSettled
		if event.Decode(said, &out) == nil {
			amount, err := event.Upokt(out.ClaimedUpokt)
			require.True(t, err != nil || amount.Cmp(new(big.Int)) >= 0 && amount.BitLen() <= 128)
		}
	})
}
