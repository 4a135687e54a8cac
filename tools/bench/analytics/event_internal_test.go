package analytics

import (
	"testing"

	sdk "github.com/cosmos/cosmos-sdk/types"
	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"
	"github.com/stretchr/testify/require"
)

// The attributes that are put together by hand are those that the chain's SDK makes of the event.
func TestAttributesAreTheChains(t *testing.T) {
	w := world{seed: 7}
	for n := range uint64(200) {
		s := w.settlement(n * 7919)
		said := &tokenomicstypes.EventClaimSettled{
			NumRelays: s.leaves, NumClaimedComputeUnits: s.units, NumEstimatedComputeUnits: s.estimatedUnits, NumEstimatedRelays: s.relays,
			ClaimedUpokt: plain(s.claimed), SettledUpokt: plain(s.settled), MintedUpokt: plain(s.minted),
			OverservicingLossUpokt: plain(s.claimed - s.settled), DeflationLossUpokt: plain(s.settled - s.minted), MintRatio: "0.975",
			SessionId: s.id(), ServiceId: service(s.service), ApplicationAddress: application(s.application), SessionEndBlockHeight: endOf(s.session),
			SupplierOperatorAddress: supplier(s.supplier), SupplierOwnerAddress: owner(s.supplier), RewardDistribution: map[string]string{},
		}
		for _, p := range s.payments {
			said.RewardDistributionDetailed = append(said.RewardDistributionDetailed, tokenomicstypes.RewardDistributionDetail{
				RecipientAddress: p.recipient, OpReason: tokenomicstypes.SettlementOpReason(p.reason), Amount: plain(p.upokt)})
		}
		want, err := sdk.TypedEventToEvent(said)
		require.NoError(t, err)
		got := s.attributes()
		require.Len(t, got, len(want.Attributes))
		for i, a := range want.Attributes {
			require.Equal(t, a.Key, got[i].Key)
			require.Equal(t, a.Value, got[i].Value, a.Key)
		}
	}
}

func plain(n uint64) string { c := coin(n); return c[1 : len(c)-1] }
