package analytics

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	"github.com/lodeworks/lode/services/kit/ch"
	"github.com/lodeworks/lode/services/pocket/difficulty"
)

// sessionTerms are the columns that relays and sessions share.
type sessionTerms struct {
	SessionID       string `ch:"session_id"`
	Supplier        string `ch:"supplier"`
	Application     string `ch:"application"`
	Service         string `ch:"service"`
	StartHeight     int64  `ch:"start_height"`
	EndHeight       int64  `ch:"end_height"`
	GraceEndHeight  int64  `ch:"grace_end_height"`
	ClaimOpenHeight int64  `ch:"claim_open_height"`
}

func columnsOf(t *relayv1.Terms) sessionTerms {
	return sessionTerms{
		SessionID: t.SessionId, Supplier: t.Supplier, Application: t.Application, Service: t.Service,
		StartHeight: t.StartHeight, EndHeight: t.EndHeight, GraceEndHeight: t.GraceEndHeight, ClaimOpenHeight: t.ClaimOpenHeight,
	}
}

// signedBy are the columns of who signed.
type signedBy struct {
	Gateway   string `ch:"gateway"`
	GatewayBy string `ch:"gateway_by"`
}

// gatewayBy is how the gateway is known, as a word; empty: it is not.
func gatewayBy(by relayv1.GatewayBy) string { return word(by.String(), "GATEWAY_BY_") }

// relayRow is a row of table relays: one log entry.
type relayRow struct {
	sessionTerms
	StreamSeq        uint64    `ch:"stream_seq"`
	Position         uint32    `ch:"position"`
	Relayer          string    `ch:"relayer"`
	Number           uint64    `ch:"number"`
	RelayHash        string    `ch:"relay_hash"` // 32 raw bytes
	Mined            bool      `ch:"mined"`
	ComputeUnits     uint64    `ch:"compute_units"`
	ServedAt         time.Time `ch:"served_at"`
	Status           uint32    `ch:"status"`
	BackendNanos     uint64    `ch:"backend_ns"`
	RequestBytes     uint64    `ch:"request_bytes"`
	ResponseBytes    uint64    `ch:"response_bytes"`
	PromptTokens     uint64    `ch:"prompt_tokens"`
	CompletionTokens uint64    `ch:"completion_tokens"`
	UsageKnown       bool      `ch:"usage_known"`
	Model            string    `ch:"model"`
	Streamed         bool      `ch:"streamed"`
	FinishReason     string    `ch:"finish_reason"`
	FirstTokenNanos  uint64    `ch:"first_token_ns"`
	CachedPrompt     uint64    `ch:"cached_prompt_tokens"`
	ReasoningTokens  uint64    `ch:"reasoning_tokens"`
	TraceID          string    `ch:"trace_id"`
	Truncated        string    `ch:"truncated"`
	signedBy
	Backend string `ch:"backend"`
	Region  string `ch:"region"`
}

func (*relayRow) Table() string { return "relays" }

// rowsOfGroup are the entries of the group at a sequence of stream RELAYS. It is all or nothing: a group with one
// relay that names no terms is refused, as the hasher refuses it.
func rowsOfGroup(g *relayv1.ServedGroup, sequence uint64) ([]ch.Row, error) {
	targets := make([]difficulty.Target, len(g.Terms))
	for i, terms := range g.Terms {
		target, err := difficulty.Parse(terms.GetTargetHash())
		if err != nil {
			return nil, fmt.Errorf("terms %d of relay group %d: %w", i, sequence, err)
		}
		targets[i] = target
	}
	rows := make([]ch.Row, 0, len(g.Relays))
	for i, relay := range g.Relays {
		if int(relay.GetTerms()) >= len(g.Terms) {
			return nil, fmt.Errorf("relay %d of group %d: %w", i, sequence, errNoTerms)
		}
		row := rowOfRelay(g.Terms[relay.Terms], targets[relay.Terms], relay)
		row.Relayer, row.StreamSeq, row.Position = g.Relayer, sequence, uint32(i)
		rows = append(rows, row)
	}
	return rows, nil
}

// errNoTerms is returned when a message names no session terms.
var errNoTerms = errors.New("no session terms")

func rowOfRelay(terms *relayv1.Terms, target difficulty.Target, r *relayv1.Served) *relayRow {
	hash := sha256.Sum256(r.Relay)
	return &relayRow{
		sessionTerms: columnsOf(terms),
		Number:       r.Number, RelayHash: string(hash[:]), Mined: difficulty.Applies(hash, target),
		ComputeUnits: terms.ComputeUnitsPerRelay, ServedAt: instant(r.ServedUnixNano), Status: r.StatusCode,
		BackendNanos: r.BackendNanos, RequestBytes: r.RequestBytes, ResponseBytes: r.ResponseBytes,
		PromptTokens: r.PromptTokens, CompletionTokens: r.CompletionTokens, UsageKnown: r.UsageKnown,
		Model: r.Model, Streamed: r.Streamed, FinishReason: r.FinishReason, FirstTokenNanos: r.FirstTokenNanos,
		CachedPrompt: r.CachedPromptTokens, ReasoningTokens: r.ReasoningTokens,
		TraceID: hex.EncodeToString(r.TraceId), Truncated: truncated(r.Truncated),
		signedBy: signedBy{r.Gateway, gatewayBy(r.GatewayBy)}, Backend: r.Backend, Region: r.Region,
	}
}

// truncated is why an answer ended early, as a word; empty: it is whole.
func truncated(t relayv1.Truncated) string { return word(t.String(), "TRUNCATED_") }
