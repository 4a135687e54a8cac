package claims

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cometbft/cometbft/types"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	claimv1 "github.com/lodeworks/lode/proto/gen/go/claim/v1"
	relayv1 "github.com/lodeworks/lode/proto/gen/go/relay/v1"
	sessionv1 "github.com/lodeworks/lode/proto/gen/go/session/v1"
	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/chain"
)

// Dossier is the evidence about one claim. Bytes are base64, hashes hex.
type Dossier struct {
	Supplier string            `json:"supplier"`
	Session  string            `json:"session"`
	Changes  []json.RawMessage `json:"changes"`          // claim.v1.Changed, oldest first; the ending has the transactions that no block took
	Owed     json.RawMessage   `json:"owed,omitempty"`   // claim.v1.Obligation, while it is open
	Sealed   json.RawMessage   `json:"sealed,omitempty"` // session.v1.Sealed: root and counts
	Proof    []byte            `json:"proof,omitempty"`  // the tree path, as the chain takes it: as stored, as it was sent, or made anew
	Relays   []Relay           `json:"relays"`           // as the log has them, or as they were kept of it; those of a settled session may be purged
	Txs      []Tx              `json:"transactions"`     // of the supplier and session, in the windows' blocks
	Blocks   []Block           `json:"blocks"`           // that decided something
	// ProofFault is why there is no tree path.
	ProofFault string `json:"proof_fault,omitempty"`
}

// Relay is one relay of the log.
type Relay struct {
	Relayer  string `json:"relayer"`
	Number   uint64 `json:"number"`
	Sequence uint64 `json:"log_sequence"`
	Leaf     []byte `json:"leaf"`
}

// Tx is a transaction in a block, and the node's answer to it.
type Tx struct {
	Height    int64  `json:"height"`
	Hash      string `json:"hash"`
	Raw       []byte `json:"raw"`
	Code      uint32 `json:"code"`
	Codespace string `json:"codespace,omitempty"`
	Log       string `json:"log,omitempty"`
	GasWanted int64  `json:"gas_wanted"`
	GasUsed   int64  `json:"gas_used"`
}

// Block is a block that decided something.
type Block struct {
	Height int64  `json:"height"`
	What   string `json:"what"`
	Hash   string `json:"hash,omitempty"`
	Time   string `json:"time,omitempty"`
	Fault  string `json:"fault,omitempty"` // why the node does not have it
}

// Collect gathers the evidence about one claim.
func Collect(ctx context.Context, b *bus.Bus, node *chain.Client, s Story) (*Dossier, error) {
	o := s.Now()
	t := o.GetTerms()
	if t == nil {
		return nil, errors.New("a claim without terms")
	}
	d := &Dossier{Supplier: t.Supplier, Session: t.SessionId, Proof: o.Proof, Relays: []Relay{}, Txs: []Tx{}}
	for _, c := range s.Changes {
		if p := c.Obligation.GetProof(); len(p) > 0 {
			d.Proof = p
		}
		d.Changes = append(d.Changes, text(c))
	}
	if s.Open != nil {
		d.Owed = text(s.Open)
	}
	sealed := new(sessionv1.Sealed)
	_, found, err := b.Last(ctx, bus.StreamSessions, bus.SessionSealedSubject(t.Supplier, t.SessionId), sealed)
	if err != nil {
		return nil, err
	}
	if found {
		d.Sealed = text(sealed)
	}
	if err := d.readRelays(ctx, b, t); err != nil {
		return nil, err
	}
	if err := d.readChain(ctx, node, o); err != nil {
		return nil, err
	}
	d.readPath(o)
	return d, nil
}

func text(m proto.Message) json.RawMessage {
	raw, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(m)
	if err != nil {
		raw, _ = json.Marshal(err.Error())
	}
	return raw
}

// readRelays finds the session's relays in the log, and those that were kept of it.
func (d *Dossier) readRelays(ctx context.Context, b *bus.Bus, t *relayv1.Terms) error {
	seen := map[string]bool{}
	add := func(group *relayv1.ServedGroup, sequence uint64) {
		for _, r := range group.GetRelays() {
			name := fmt.Sprint(sequence, group.Relayer, r.Number)
			if int(r.Terms) >= len(group.Terms) || seen[name] {
				continue
			}
			if of := group.Terms[r.Terms]; of.Supplier == t.Supplier && of.SessionId == t.SessionId {
				seen[name] = true
				d.Relays = append(d.Relays, Relay{Relayer: group.Relayer, Number: r.Number, Sequence: sequence, Leaf: r.Relay})
			}
		}
	}
	_, err := b.Replay(ctx, bus.StreamEvidence, []string{bus.RelayKeptSubject(t.Supplier, t.SessionId)}, func(m bus.Msg) error {
		kept := new(relayv1.Kept)
		if err := proto.Unmarshal(m.Data, kept); err != nil {
			return fmt.Errorf("decode %s: %w", m.Subject, err)
		}
		add(kept.Group, kept.LogSequence)
		return nil
	})
	if err != nil {
		return err
	}
	_, err = b.Replay(ctx, bus.StreamRelays, []string{bus.RelayServedSubject("*", fmt.Sprint(t.EndHeight))}, func(m bus.Msg) error {
		group := new(relayv1.ServedGroup)
		if err := proto.Unmarshal(m.Data, group); err != nil {
			return nil //nolint:nilerr // what cannot be read is in no tree, and the hasher has said so
		}
		add(group, m.Sequence)
		return nil
	})
	return err
}

// readChain finds the transactions in the windows' blocks, and the blocks that decided.
func (d *Dossier) readChain(ctx context.Context, node *chain.Client, o *claimv1.Obligation) error {
	t := o.Terms
	status, err := node.Status(ctx)
	if err != nil {
		return err
	}
	head := status.SyncInfo.LatestBlockHeight
	what := map[int64][]string{}
	for _, named := range []Block{
		{Height: t.StartHeight, What: "session starts"}, {Height: t.EndHeight, What: "session ends"}, {Height: t.ClaimOpenHeight, What: "claim window opens"},
		{Height: o.ClaimCloseHeight, What: "claim window closes"}, {Height: o.ProofOpenHeight - 1, What: "seed of sample and path"},
		{Height: o.ProofOpenHeight, What: "proof window opens"}, {Height: o.ProofCloseHeight, What: "proof window closes, settlement"},
	} {
		what[named.Height] = append(what[named.Height], named.What)
	}
	for height := t.StartHeight; height <= o.ProofCloseHeight; height++ {
		window := height >= t.ClaimOpenHeight
		if !window && what[height] == nil {
			continue
		}
		at := Block{Height: height, What: strings.Join(what[height], ", ")}
		if height > head {
			at.Fault = fmt.Sprintf("the chain is at height %d", head)
		} else if err := d.readBlock(ctx, node, &at, window); err != nil {
			at.Fault = err.Error()
		}
		if at.What != "" {
			d.Blocks = append(d.Blocks, at)
		}
	}
	return nil
}

// readBlock fills in the block, and takes its transactions that name supplier and session.
func (d *Dossier) readBlock(ctx context.Context, node *chain.Client, at *Block, window bool) error {
	block, err := node.Block(ctx, at.Height)
	if err != nil {
		return err
	}
	at.Hash, at.Time = hex.EncodeToString(block.BlockID.Hash), block.Block.Time.UTC().Format("2006-01-02T15:04:05.999999999Z")
	ours := func(raw []byte) bool {
		return bytes.Contains(raw, []byte(d.Supplier)) && bytes.Contains(raw, []byte(d.Session))
	}
	if !window || !slices.ContainsFunc(block.Block.Txs, func(raw types.Tx) bool { return ours(raw) }) {
		return nil
	}
	results, err := node.BlockResults(ctx, at.Height)
	if err != nil {
		return err
	}
	for i, raw := range block.Block.Txs {
		if !ours(raw) || i >= len(results.TxsResults) {
			continue
		}
		r := results.TxsResults[i]
		if p := d.proofIn(raw); len(p) > 0 {
			d.Proof = p
		}
		at.What = strings.TrimPrefix(at.What+", transaction", ", ")
		d.Txs = append(d.Txs, Tx{
			Height: at.Height, Hash: hex.EncodeToString(raw.Hash()), Raw: raw, Code: r.Code, Codespace: r.Codespace, Log: r.Log,
			GasWanted: r.GasWanted, GasUsed: r.GasUsed,
		})
	}
	return nil
}

// proofIn finds the claim's proof in a transaction; nil when there is none.
func (d *Dossier) proofIn(raw []byte) []byte {
	var outer txtypes.TxRaw
	var body txtypes.TxBody
	if outer.Unmarshal(raw) != nil || body.Unmarshal(outer.BodyBytes) != nil {
		return nil
	}
	for _, m := range body.Messages {
		var said prooftypes.MsgSubmitProof
		if m.TypeUrl != "/pocket.proof.MsgSubmitProof" || said.Unmarshal(m.Value) != nil || said.SessionHeader == nil {
			continue
		}
		if said.SupplierOperatorAddress == d.Supplier && said.SessionHeader.SessionId == d.Session {
			return said.Proof
		}
	}
	return nil
}
