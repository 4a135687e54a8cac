package analytics

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
)

// obligationRow is a row of table obligations: the state of one claim as our submitter sees it.
type obligationRow struct {
	SessionID        string   `ch:"session_id"`
	Supplier         string   `ch:"supplier"`
	Application      string   `ch:"application"`
	Service          string   `ch:"service"`
	EndHeight        int64    `ch:"end_height"`
	Root             string   `ch:"root"`
	Mined            uint64   `ch:"mined"`
	Phase            string   `ch:"phase"`
	Outcome          string   `ch:"outcome"`
	Reason           string   `ch:"reason"`
	ClaimCloseHeight int64    `ch:"claim_close_height"`
	ProofOpenHeight  int64    `ch:"proof_open_height"`
	ProofCloseHeight int64    `ch:"proof_close_height"`
	ClaimAttempts    uint32   `ch:"claim_attempts"`
	ProofAttempts    uint32   `ch:"proof_attempts"`
	ClaimTx          string   `ch:"claim_tx"`
	ProofTx          string   `ch:"proof_tx"`
	ProofRequirement string   `ch:"proof_requirement"`
	ClaimedUpokt     *big.Int `ch:"claimed_upokt"`
	SettledUpokt     *big.Int `ch:"settled_upokt"`
	FeeUpokt         *big.Int `ch:"fee_upokt"`
	Height           int64    `ch:"height"`
	StreamSeq        uint64   `ch:"stream_seq"`
}

func (*obligationRow) Table() string { return "obligations" }

// rowOfChanged is the change at a sequence of stream CLAIMS.
func rowOfChanged(c *claimv1.Changed, sequence uint64) (*obligationRow, error) {
	o := c.GetObligation()
	if o.GetTerms().GetSessionId() == "" || o.Terms.Supplier == "" {
		return nil, errNoTerms
	}
	var read amounts
	row := &obligationRow{
		SessionID: o.Terms.SessionId, Supplier: o.Terms.Supplier, Application: o.Terms.Application,
		Service: o.Terms.Service, EndHeight: o.Terms.EndHeight, Root: hex.EncodeToString(o.Root), Mined: o.Mined,
		Phase: word(o.Phase.String(), "PHASE_"), Outcome: word(o.Outcome.String(), "OUTCOME_"), Reason: o.Reason,
		ClaimCloseHeight: o.ClaimCloseHeight, ProofOpenHeight: o.ProofOpenHeight, ProofCloseHeight: o.ProofCloseHeight,
		ClaimAttempts: o.ClaimAttempts, ProofAttempts: o.ProofAttempts, ClaimTx: o.ClaimTx, ProofTx: o.ProofTx,
		ProofRequirement: o.ProofRequirement,
		ClaimedUpokt:     read.units("claimed_upokt", o.ClaimedUpokt),
		SettledUpokt:     read.units("settled_upokt", o.SettledUpokt),
		FeeUpokt:         new(big.Int).SetUint64(o.FeeUpokt),
		Height:           c.Height, StreamSeq: sequence,
	}
	if read.err != nil {
		return nil, fmt.Errorf("obligation of session %s: %w", row.SessionID, read.err)
	}
	return row, nil
}

// word turns an enum's name into a lower-case word without its prefix; unspecified is empty.
func word(name, prefix string) string {
	short := strings.ToLower(strings.TrimPrefix(name, prefix))
	if short == "unspecified" {
		return ""
	}
	return short
}
