package analytics

import (
	"encoding/hex"
	"math"

	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
)

// sessionRow is a row of table sessions: one sealed tree.
type sessionRow struct {
	sessionTerms
	ComputeUnitsPerRelay uint64 `ch:"compute_units_per_relay"`
	TargetHash           string `ch:"target_hash"`
	Root                 string `ch:"root"`
	Logged               uint64 `ch:"logged"`
	Mined                uint64 `ch:"mined"`
	Filtered             uint64 `ch:"filtered"`
	Duplicate            uint64 `ch:"duplicate"`
	LogSequence          uint64 `ch:"log_sequence"`
	SealedHeight         int64  `ch:"sealed_height"`
	StreamSeq            uint64 `ch:"stream_seq"`
	Precedence           uint64 `ch:"precedence"`
}

func (*sessionRow) Table() string { return "sessions" }

// rowOfSealed is the fact at a sequence of stream SESSIONS. The first fact of a session and supplier wins.
func rowOfSealed(s *sessionv1.Sealed, sequence uint64) (*sessionRow, error) {
	if s.Terms.GetSessionId() == "" || s.Terms.GetSupplier() == "" {
		return nil, errNoTerms
	}
	return &sessionRow{
		sessionTerms:         columnsOf(s.Terms),
		ComputeUnitsPerRelay: s.Terms.ComputeUnitsPerRelay, TargetHash: hex.EncodeToString(s.Terms.TargetHash),
		Root: hex.EncodeToString(s.Root), Logged: s.Logged, Mined: s.Mined, Filtered: s.Filtered, Duplicate: s.Duplicate,
		LogSequence: s.LogSequence, SealedHeight: s.SealedHeight, StreamSeq: sequence, Precedence: math.MaxUint64 - sequence,
	}, nil
}
