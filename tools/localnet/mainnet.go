package localnet

import (
	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"
)

// daoAddress receives the DAO's share on mainnet.
const daoAddress = "pokt1dr5jtqaaz4wk8wevl33e7vkxsjlphljnjhyq2l"

// Mainnet is mainnet's governance values as of August 2026: sessions of 20
// blocks, settlement 33 blocks after a session's end, one claim in a hundred
// (and every claim of 100 upokt or more) asked for its proof, a compute unit at
// 0.14599 upokt. It starts from Demo, so unnamed values are the chain's defaults.
func Mainnet() Profile {
	p := Demo()
	p.Name = ProfileMainnet
	setMainnetSessions(&p)
	setMainnetMoney(&p)
	p.Auth.TxSizeCostPerByte = 1
	p.Auth.SigVerifyCostSecp256k1 = 1
	p.SupplierStake = 60_000 * pokt
	return p
}

func setMainnetSessions(p *Profile) {
	p.Shared.NumBlocksPerSession = 20
	p.Shared.GracePeriodEndOffsetBlocks = 10
	p.Shared.ClaimWindowOpenOffsetBlocks = 11
	p.Shared.ClaimWindowCloseOffsetBlocks = 10
	p.Shared.ProofWindowOpenOffsetBlocks = 1
	p.Shared.ProofWindowCloseOffsetBlocks = 10
	p.Shared.SupplierUnbondingPeriodSessions = 1429
	p.Shared.ApplicationUnbondingPeriodSessions = 3
	p.Shared.GatewayUnbondingPeriodSessions = 3
	p.Session.NumSuppliersPerSession = 50
	p.Proof.ProofRequestProbability = 0.01
}

func setMainnetMoney(p *Profile) {
	p.Shared.ComputeUnitsToTokensMultiplier = 145_990
	p.Shared.ComputeUnitCostGranularity = 1_000_000
	p.Service.AddServiceFee = coin(3_500 * pokt)
	p.Service.TargetNumRelays = 100_000
	p.Application.MinStake = coin(1_000 * pokt)
	p.Gateway.MinStake = coin(5_000 * pokt)
	p.Supplier.MinStake = coin(59_500 * pokt)
	p.Supplier.StakingFee = coin(1)
	p.Proof.ProofRequirementThreshold = coin(100)
	p.Proof.ProofMissingPenalty = coin(1)
	p.Proof.ProofSubmissionFee = coin(1)
	p.Tokenomics = tokenomicstypes.NewParams(
		daoAddress,
		tokenomicstypes.MintAllocationPercentages{Dao: 0.1, Supplier: 0.8, SourceOwner: 0.1},
		0.000001,
		tokenomicstypes.MintEqualsBurnClaimDistribution{Dao: 0.045, Proposer: 0.14, Supplier: 0.79, SourceOwner: 0.025},
		0.975,
		1,
	)
}
