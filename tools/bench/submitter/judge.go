package submitter

import (
	"context"
	"fmt"

	abci "github.com/cometbft/cometbft/abci/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/gogoproto/proto"

	prooftypes "github.com/pokt-network/poktroll/x/proof/types"
	tokenomicstypes "github.com/pokt-network/poktroll/x/tokenomics/types"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/event"
	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/services/pocket/session"
	"github.com/lodeworks/lode/tools/localnet"
)

// judge reads from the chain's blocks what became of the claims of sessions that end at one height.
type judge struct {
	end     int64
	windows session.Windows
	claims  map[string]int64 // height of the first claim, by supplier
	proofs  map[string]int64 // height at which the chain found the proof valid, by supplier
	wanted  map[string]bool  // a proof was required, by supplier
	settled map[string]bool  // paid, by supplier
	expired map[string]bool  // slashed or given up, by supplier
	txs     int              // transactions in blocks
	failed  int              // of these, that the chain refused
	fees    int64            // upokt paid
	perTx   map[int64]int    // transactions by height
}

func newJudge(end int64, w session.Windows) *judge {
	return &judge{
		end: end, windows: w, claims: map[string]int64{}, proofs: map[string]int64{}, wanted: map[string]bool{},
		settled: map[string]bool{}, expired: map[string]bool{}, perTx: map[int64]int{},
	}
}

// read goes through the blocks from the first of the claim window to that of settlement.
func (j *judge) read(ctx context.Context, node *chain.Client) error {
	for height := j.windows.ClaimOpen; height <= j.windows.ProofClose; height++ {
		res, err := node.BlockResults(ctx, height)
		if err != nil {
			return err
		}
		events := res.FinalizeBlockEvents
		for _, tx := range res.TxsResults {
			j.txs++
			j.perTx[height]++
			if tx.Code != 0 {
				j.failed++
			}
			j.fees += fee(tx.Events)
			events = append(events, tx.Events...)
		}
		for _, e := range events {
			if err := j.event(height, e); err != nil {
				return fmt.Errorf("block %d: %w", height, err)
			}
		}
	}
	return nil
}

// fee is what a transaction paid, in upokt.
func fee(events []abci.Event) int64 {
	for _, e := range events {
		for _, a := range e.Attributes {
			if e.Type != "tx" || a.Key != "fee" {
				continue
			}
			if coins, err := sdk.ParseCoinsNormalized(a.Value); err == nil {
				return coins.AmountOf(localnet.Denom).Int64()
			}
		}
	}
	return 0
}

// event notes an event about a claim of these sessions.
func (j *judge) event(height int64, e abci.Event) error {
	switch e.Type {
	case "pocket.proof.EventClaimCreated":
		var said prooftypes.EventClaimCreated
		return j.note(e, &said, func() (string, int64) { return said.SupplierOperatorAddress, said.SessionEndBlockHeight },
			func(supplier string) { j.claims[supplier] = height })
	case "pocket.proof.EventProofValidityChecked":
		var said prooftypes.EventProofValidityChecked
		return j.note(e, &said, func() (string, int64) { return said.SupplierOperatorAddress, said.SessionEndBlockHeight },
			func(supplier string) {
				if prooftypes.ClaimProofStatus(said.ClaimProofStatusInt) == prooftypes.ClaimProofStatus_VALIDATED {
					j.proofs[supplier] = height
				}
			})
	case "pocket.tokenomics.EventClaimSettled":
		var said tokenomicstypes.EventClaimSettled
		return j.note(e, &said, func() (string, int64) { return said.SupplierOperatorAddress, said.SessionEndBlockHeight },
			func(supplier string) {
				j.settled[supplier] = true
				j.wanted[supplier] = prooftypes.ProofRequirementReason(said.ProofRequirementInt) != prooftypes.ProofRequirementReason_NOT_REQUIRED
			})
	case "pocket.tokenomics.EventClaimExpired":
		var said tokenomicstypes.EventClaimExpired
		return j.note(e, &said, func() (string, int64) { return said.SupplierOperatorAddress, said.SessionEndBlockHeight },
			func(supplier string) { j.expired[supplier], j.wanted[supplier] = true, true })
	}
	return nil
}

func (j *judge) note(e abci.Event, into proto.Message, of func() (supplier string, end int64), then func(supplier string)) error {
	said := &chainv1.Event{Type: e.Type}
	for _, a := range e.Attributes {
		said.Attributes = append(said.Attributes, &chainv1.Attribute{Key: a.Key, Value: a.Value})
	}
	if err := event.Decode(said, into); err != nil {
		return err
	}
	if supplier, end := of(); end == j.end {
		then(supplier)
	}
	return nil
}

// blocks is how many blocks of a window were needed until the last of them landed.
func blocks(landed map[string]int64, open int64) int64 {
	last := open - 1
	for _, height := range landed {
		last = max(last, height)
	}
	return last - open + 1
}
