package submitter

import (
	"context"
	"fmt"

	"cosmossdk.io/math"
	sdk "github.com/cosmos/cosmos-sdk/types"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"
	"github.com/cosmos/gogoproto/proto"

	"github.com/lodeworks/lode/services/pocket/tx"
)

// send simulates, signs and broadcasts one transaction of the supplier. No error means that a node's mempool took
// it, nothing more.
func (s *Submitter) send(ctx context.Context, h head, supplier string, msgs []proto.Message, lastHeight int64) (result, error) {
	account, err := s.facts.Account(ctx, supplier)
	if err != nil {
		return result{}, err
	}
	request := tx.Request{
		Messages: msgs, ChainID: h.chainID, AccountNumber: account.AccountNumber,
		TimeoutHeight: uint64(lastHeight), Unordered: true,
		Timeout: s.timeouts.after(h.time),
	}
	gas, err := s.simulate(ctx, supplier, request)
	if err != nil {
		return result{}, err
	}
	request.GasLimit = uint64(float64(gas) * s.cfg.GasAdjustment)
	fee := s.gasPrice.MulInt(math.NewIntFromUint64(request.GasLimit)).Ceil().TruncateInt()
	if fee.GT(math.NewIntFromUint64(s.cfg.MaxFeeUpokt)) {
		return result{}, refused{fmt.Errorf("fee of %s upokt is above max_fee_upokt %d", fee, s.cfg.MaxFeeUpokt)}
	}
	request.Fee = sdk.NewCoins(sdk.NewCoin("upokt", fee))
	signed, err := tx.Sign(request, s.keys[supplier])
	if err != nil {
		return result{}, err
	}
	answer, err := s.node.Broadcast(ctx, signed.Raw)
	if err != nil {
		return result{}, refusal(err)
	}
	if answer.Code != 0 {
		return result{}, refused{fmt.Errorf("mempool refused: %s %d: %s", answer.Codespace, answer.Code, answer.Log)}
	}
	return result{hash: signed.Hash, fee: fee.Uint64()}, nil
}

// simulate runs the messages on the node's last state and returns the gas they used.
func (s *Submitter) simulate(ctx context.Context, supplier string, request tx.Request) (uint64, error) {
	request.Fee, request.GasLimit = sdk.NewCoins(sdk.NewInt64Coin("upokt", 1)), 0
	signed, err := tx.Sign(request, s.keys[supplier])
	if err != nil {
		return 0, err
	}
	res, err := s.txs.Simulate(ctx, &txtypes.SimulateRequest{TxBytes: signed.Raw})
	if err != nil {
		return 0, refusal(fmt.Errorf("simulate: %w", err))
	}
	if res.GasInfo == nil {
		return 0, fmt.Errorf("simulate: the node answered without gas")
	}
	return res.GasInfo.GasUsed, nil
}
