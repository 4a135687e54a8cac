package analytics

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"
	"github.com/cosmos/cosmos-sdk/x/authz"
	"github.com/cosmos/gogoproto/jsonpb"
	gogoproto "github.com/cosmos/gogoproto/proto"
	prooftypes "github.com/pokt-network/poktroll/x/proof/types"
	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
	_ "github.com/pokt-network/poktroll/x/shared/types" // its parameters' messages are found by name

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
	"github.com/lodeworks/lode/services/kit/ch"
)

// place names a message of a transaction.
type place struct {
	Height   int64     `ch:"height"`
	TxIndex  uint32    `ch:"tx_index"`
	MsgIndex uint32    `ch:"msg_index"`
	Inner    uint32    `ch:"inner"` // from 1 inside an authz execution; 0: not inside one
	Time     time.Time `ch:"time"`
}

// claimMessageRow is a row of table claim_messages.
type claimMessageRow struct {
	place
	Kind               string `ch:"kind"` // claim or proof
	Supplier           string `ch:"supplier"`
	Application        string `ch:"application"`
	Service            string `ch:"service"`
	SessionID          string `ch:"session_id"`
	SessionStartHeight int64  `ch:"session_start_height"`
	SessionEndHeight   int64  `ch:"session_end_height"`
	Root               string `ch:"root"`
	Code               uint32 `ch:"code"`
	Of                 uint32 `ch:"of"`
}

func (*claimMessageRow) Table() string { return "claim_messages" }

// serviceRow is a row of table service_states.
type serviceRow struct {
	Service string `ch:"service"`
	place
	What                 string `ch:"what"`
	Owner                string `ch:"owner"`
	Name                 string `ch:"name"`
	ComputeUnitsPerRelay uint64 `ch:"compute_units_per_relay"`
}

func (*serviceRow) Table() string { return "service_states" }

// paramUpdateRow is a row of table param_updates.
type paramUpdateRow struct {
	Module string `ch:"module"`
	Name   string `ch:"name"`
	place
	Value     string `ch:"value"`
	Authority string `ch:"authority"`
}

func (*paramUpdateRow) Table() string { return "param_updates" }

// maxNesting bounds executions inside executions, maxMessages all messages of a transaction.
const (
	maxNesting  = 4
	maxMessages = 10_000
)

// carried is a message and where it was.
type carried struct {
	place
	any *codectypes.Any
}

// rowsOfMessages are what a transaction's messages say that no event says. A transaction that is not one was refused
// by the chain, too, and one without its bytes says nothing.
func rowsOfMessages(part *chainv1.Events, tx *chainv1.Tx) ([]ch.Row, error) {
	var raw txtypes.TxRaw
	var body txtypes.TxBody
	if err := errors.Join(raw.Unmarshal(tx.Raw), body.Unmarshal(raw.BodyBytes)); err != nil {
		if tx.Code != 0 {
			return nil, nil
		}
		return nil, fmt.Errorf("decode transaction %d: %w", tx.Index, err)
	}
	u := unpacker{at: place{Height: part.Height, TxIndex: tx.Index, Time: instant(part.TimeUnixNano)}}
	for i, m := range body.Messages {
		u.at.MsgIndex, u.at.Inner = uint32(i), 0
		if err := u.take(m, 0); err != nil {
			return nil, fmt.Errorf("transaction %d message %d: %w", tx.Index, i, err)
		}
	}
	rows, errs := []ch.Row{}, error(nil)
	for _, m := range u.list {
		more, err := rowsOfMessage(m, tx.Code)
		rows, errs = append(rows, more...), errors.Join(errs, err)
	}
	return shareFee(rows), errs
}

// shareFee tells each claim and proof how many share the transaction's fee.
func shareFee(rows []ch.Row) []ch.Row {
	var all []*claimMessageRow
	for _, r := range rows {
		if c, is := r.(*claimMessageRow); is {
			all = append(all, c)
		}
	}
	for _, c := range all {
		c.Of = uint32(len(all))
	}
	return rows
}

// unpacker lists a transaction's messages, those inside authz executions behind what carries them.
type unpacker struct {
	at   place
	list []carried
}

func (u *unpacker) take(m *codectypes.Any, depth int) error {
	if len(u.list) >= maxMessages || depth > maxNesting {
		return fmt.Errorf("more than %d messages or %d executions in each other", maxMessages, maxNesting)
	}
	u.list = append(u.list, carried{u.at, m})
	if m.GetTypeUrl() != "/cosmos.authz.v1beta1.MsgExec" {
		return nil
	}
	var exec authz.MsgExec
	if err := exec.Unmarshal(m.Value); err != nil {
		return fmt.Errorf("decode execution: %w", err)
	}
	for _, inner := range exec.Msgs {
		u.at.Inner++
		if err := u.take(inner, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// rowsOfMessage are the rows of one message. Of those that had no effect only claims and proofs count: they cost.
func rowsOfMessage(m carried, code uint32) ([]ch.Row, error) {
	url := strings.TrimPrefix(m.any.GetTypeUrl(), "/")
	switch {
	case url == "pocket.proof.MsgCreateClaim":
		var said prooftypes.MsgCreateClaim
		if err := said.Unmarshal(m.any.Value); err != nil {
			return nil, fmt.Errorf("decode claim: %w", err)
		}
		return claimMessage(m.place, "claim", said.SupplierOperatorAddress, said.SessionHeader, said.RootHash, code), nil
	case url == "pocket.proof.MsgSubmitProof":
		var said prooftypes.MsgSubmitProof
		if err := said.Unmarshal(m.any.Value); err != nil {
			return nil, fmt.Errorf("decode proof: %w", err)
		}
		return claimMessage(m.place, "proof", said.SupplierOperatorAddress, said.SessionHeader, nil, code), nil
	case code != 0:
		return nil, nil
	case url == "pocket.service.MsgAddService":
		var said servicetypes.MsgAddService
		if err := said.Unmarshal(m.any.Value); err != nil {
			return nil, fmt.Errorf("decode service: %w", err)
		}
		s := said.Service
		return []ch.Row{&serviceRow{Service: s.Id, place: m.place, What: "added", Owner: s.OwnerAddress, Name: s.Name, ComputeUnitsPerRelay: s.ComputeUnitsPerRelay}}, nil
	case url == "pocket.service.MsgTransferService":
		var said servicetypes.MsgTransferService
		if err := said.Unmarshal(m.any.Value); err != nil {
			return nil, fmt.Errorf("decode transfer of service: %w", err)
		}
		return []ch.Row{&serviceRow{Service: said.ServiceId, place: m.place, What: "transferred", Owner: said.NewOwnerAddress}}, nil
	case strings.HasPrefix(url, "pocket.") && strings.Contains(url, ".MsgUpdateParam"):
		return rowsOfParamUpdate(m, url)
	default:
		return nil, nil
	}
}

func claimMessage(at place, kind, supplier string, h *sessiontypes.SessionHeader, root []byte, code uint32) []ch.Row {
	return []ch.Row{&claimMessageRow{
		place: at, Kind: kind, Supplier: supplier, Application: h.GetApplicationAddress(), Service: h.GetServiceId(), SessionID: h.GetSessionId(),
		SessionStartHeight: h.GetSessionStartBlockHeight(), SessionEndHeight: h.GetSessionEndBlockHeight(), Root: hex.EncodeToString(root), Code: code,
	}}
}

// rowsOfParamUpdate reads MsgUpdateParam and MsgUpdateParams of any module.
func rowsOfParamUpdate(m carried, url string) ([]ch.Row, error) {
	kind := gogoproto.MessageType(url)
	if kind == nil {
		return nil, nil // a module that this build does not know: its parameters come from the state
	}
	said, ok := reflect.New(kind.Elem()).Interface().(gogoproto.Message)
	if !ok {
		return nil, fmt.Errorf("%s is no message", url)
	}
	if err := gogoproto.Unmarshal(m.any.Value, said); err != nil {
		return nil, fmt.Errorf("decode %s: %w", url, err)
	}
	fields, err := fieldsOf(said)
	if err != nil {
		return nil, err
	}
	module := strings.Split(url, ".")[1]
	authority := unquoted(fields["authority"])
	row := func(name string, value json.RawMessage) ch.Row {
		return &paramUpdateRow{Module: module, Name: name, place: m.place, Value: string(value), Authority: authority}
	}
	var rows []ch.Row
	if all, whole := fields["params"]; whole {
		params, err := objectOf(all)
		if err != nil {
			return nil, err
		}
		for _, name := range slices.Sorted(maps.Keys(params)) {
			rows = append(rows, row(name, params[name]))
		}
		return rows, nil
	}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if strings.HasPrefix(key, "as_") {
			rows = append(rows, row(unquoted(fields["name"]), fields[key]))
		}
	}
	return rows, nil
}

// fieldsOf are a message's top-level fields as proto JSON.
func fieldsOf(m gogoproto.Message) (map[string]json.RawMessage, error) {
	printer := jsonpb.Marshaler{OrigName: true, EmitDefaults: true}
	text, err := printer.MarshalToString(m)
	if err != nil {
		return nil, fmt.Errorf("print %s: %w", gogoproto.MessageName(m), err)
	}
	return objectOf([]byte(text))
}

// objectOf are the members of a JSON object.
func objectOf(text []byte) (members map[string]json.RawMessage, err error) {
	if err := json.Unmarshal(text, &members); err != nil {
		return nil, fmt.Errorf("read members: %w", err)
	}
	return members, nil
}

// unquoted is a JSON string's text; anything else is as it is.
func unquoted(raw json.RawMessage) (text string) {
	if json.Unmarshal(raw, &text) != nil {
		return string(raw)
	}
	return text
}
