package localnet_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/tools/localnet"
)

func TestProfilesPassTheModulesOwnChecks(t *testing.T) {
	localnet.SetAddressPrefix()
	for _, p := range []localnet.Profile{localnet.Demo(), localnet.Mainnet()} {
		t.Run(p.Name, func(t *testing.T) {
			require.NoError(t, p.Shared.ValidateBasic())
			require.NoError(t, p.Session.ValidateBasic())
			require.NoError(t, p.Service.ValidateBasic())
			require.NoError(t, p.Application.Validate())
			require.NoError(t, p.Gateway.Validate())
			require.NoError(t, p.Supplier.Validate())
			require.NoError(t, p.Proof.ValidateBasic())
			require.NoError(t, p.Tokenomics.ValidateBasic())
			require.GreaterOrEqual(t, p.ApplicationStake, p.Application.MinStake.Amount.Int64())
			require.GreaterOrEqual(t, p.GatewayStake, p.Gateway.MinStake.Amount.Int64())
			require.GreaterOrEqual(t, p.SupplierStake, p.Supplier.MinStake.Amount.Int64())
		})
	}
}

// settlement is the number of blocks from a session's end to its settlement.
func settlement(p localnet.Profile) uint64 {
	s := p.Shared
	return s.ClaimWindowOpenOffsetBlocks + s.ClaimWindowCloseOffsetBlocks +
		s.ProofWindowOpenOffsetBlocks + s.ProofWindowCloseOffsetBlocks + 1
}

func TestProfilesHaveTheirPace(t *testing.T) {
	demo, mainnet := localnet.Demo(), localnet.Mainnet()
	require.EqualValues(t, 10, demo.Shared.NumBlocksPerSession)
	require.EqualValues(t, 10, settlement(demo))
	require.EqualValues(t, 1, demo.Proof.ProofRequestProbability)
	require.EqualValues(t, 20, mainnet.Shared.NumBlocksPerSession)
	require.EqualValues(t, 33, settlement(mainnet))
	require.EqualValues(t, 145_990, mainnet.Shared.ComputeUnitsToTokensMultiplier)
}
