package analytics

import (
	"math/big"

	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/event"
	"github.com/lodeworks/lode/services/kit/ch"
)

// batchRow is a row of table settlement_batches: one sum that a settlement moved.
type batchRow struct {
	origin
	SessionEndHeight int64    `ch:"session_end_height"`
	OpType           string   `ch:"op_type"`
	OpReason         int32    `ch:"op_reason"`
	OpReasonName     string   `ch:"op_reason_name"`
	Sender           string   `ch:"sender"`
	Recipient        string   `ch:"recipient"`
	Upokt            *big.Int `ch:"upokt"`
	Claims           uint32   `ch:"claims"`
}

func (*batchRow) Table() string { return "settlement_batches" }

// rowOfBatch reads EventSettlementBatch.
func rowOfBatch(part *chainv1.Events, e *chainv1.Event) ([]ch.Row, error) {
	var said tokenomicstypes.EventSettlementBatch
	if err := event.Decode(e, &said); err != nil {
		return nil, err
	}
	var read amounts
	row := &batchRow{
		origin: originOf(part, e), SessionEndHeight: said.SessionEndBlockHeight, OpType: said.OpType, OpReason: int32(said.OpReason),
		OpReasonName: said.OpReason.String(), Sender: said.SenderModule, Recipient: said.Recipient,
		Upokt: read.upokt("total_amount", said.TotalAmount), Claims: said.NumClaims,
	}
	return []ch.Row{row}, read.err
}

// validatorRow is a row of table validator_rewards.
type validatorRow struct {
	origin
	SessionEndHeight int64    `ch:"session_end_height"`
	OpReason         int32    `ch:"op_reason"`
	Validator        string   `ch:"validator"`
	Account          string   `ch:"account"`
	CommissionRate   string   `ch:"commission_rate"`
	PoolUpokt        *big.Int `ch:"pool_upokt"`
	CommissionUpokt  *big.Int `ch:"commission_upokt"`
	SelfUpokt        *big.Int `ch:"self_upokt"`
	DelegatorsUpokt  *big.Int `ch:"delegators_upokt"`
	DelegatedUpokt   *big.Int `ch:"delegated_upokt"`
	Delegators       uint32   `ch:"delegators"`
}

func (*validatorRow) Table() string { return "validator_rewards" }

// rowOfValidator reads EventValidatorRewardDistribution, whose amounts are bare numbers.
func rowOfValidator(part *chainv1.Events, e *chainv1.Event) ([]ch.Row, error) {
	var said tokenomicstypes.EventValidatorRewardDistribution
	if err := event.Decode(e, &said); err != nil {
		return nil, err
	}
	var read amounts
	row := &validatorRow{
		origin: originOf(part, e), SessionEndHeight: said.SessionEndBlockHeight, OpReason: int32(said.OpReason),
		Validator: said.ValidatorOperatorAddress, Account: said.ValidatorAccountAddress, CommissionRate: said.CommissionRate,
		PoolUpokt:       read.units("pool_share_upokt", said.PoolShareUpokt),
		CommissionUpokt: read.units("commission_upokt", said.CommissionUpokt),
		SelfUpokt:       read.units("self_delegation_reward_upokt", said.SelfDelegationRewardUpokt),
		DelegatorsUpokt: read.units("delegators_reward_upokt", said.DelegatorsRewardUpokt),
		DelegatedUpokt:  read.units("total_delegated_stake_upokt", said.TotalDelegatedStakeUpokt), Delegators: said.NumDelegators,
	}
	return []ch.Row{row}, read.err
}

// fallbackRow is a row of table revshare_fallbacks.
type fallbackRow struct {
	origin
	Supplier         string   `ch:"supplier"`
	Owner            string   `ch:"owner"`
	Service          string   `ch:"service"`
	SessionEndHeight int64    `ch:"session_end_height"`
	OpReason         int32    `ch:"op_reason"`
	Upokt            *big.Int `ch:"upokt"`
	Percentage       uint64   `ch:"percentage"`
	Reason           string   `ch:"reason"`
}

func (*fallbackRow) Table() string { return "revshare_fallbacks" }

// rowOfFallback reads EventSupplierRevShareFallbackDistribution.
func rowOfFallback(part *chainv1.Events, e *chainv1.Event) ([]ch.Row, error) {
	var said tokenomicstypes.EventSupplierRevShareFallbackDistribution
	if err := event.Decode(e, &said); err != nil {
		return nil, err
	}
	var read amounts
	row := &fallbackRow{
		origin: originOf(part, e), Supplier: said.SupplierOperatorAddress, Owner: said.SupplierOwnerAddress, Service: said.ServiceId,
		SessionEndHeight: said.SessionEndBlockHeight, OpReason: int32(said.OpReason), Upokt: read.upokt("amount", said.Amount),
		Percentage: said.ObservedSumPercentage, Reason: said.Reason,
	}
	return []ch.Row{row}, read.err
}

// reimbursementRow is a row of table reimbursements.
type reimbursementRow struct {
	origin
	Application string   `ch:"application"`
	Supplier    string   `ch:"supplier"`
	Owner       string   `ch:"owner"`
	Service     string   `ch:"service"`
	SessionID   string   `ch:"session_id"`
	Upokt       *big.Int `ch:"upokt"`
}

func (*reimbursementRow) Table() string { return "reimbursements" }

// rowOfReimbursement reads EventApplicationReimbursementRequest.
func rowOfReimbursement(part *chainv1.Events, e *chainv1.Event) ([]ch.Row, error) {
	var said tokenomicstypes.EventApplicationReimbursementRequest
	if err := event.Decode(e, &said); err != nil {
		return nil, err
	}
	var read amounts
	row := &reimbursementRow{
		origin: originOf(part, e), Application: said.ApplicationAddr, Supplier: said.SupplierOperatorAddr, Owner: said.SupplierOwnerAddr,
		Service: said.ServiceId, SessionID: said.SessionId, Upokt: read.upokt("amount", said.Amount),
	}
	return []ch.Row{row}, read.err
}
