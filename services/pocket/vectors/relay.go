package vectors

import (
	"crypto/sha256"
	"encoding/json"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"
)

// relayFile is relay_hash.json.
type relayFile struct {
	Envelopes []json.RawMessage `json:"wrapped_http_messages"`
	Cases     []json.RawMessage `json:"cases"`
}

// relayCase is one relay, its fields in the order in which it is made.
type relayCase struct {
	Header struct {
		Application string     `json:"application_address"`
		Service     string     `json:"service_id"`
		Session     string     `json:"session_id"`
		Start       Int        `json:"session_start_block_height"`
		End         Int        `json:"session_end_block_height"`
		Encoded     Field[Hex] `json:"protobuf"`
	} `json:"session_header"`
	Application keyObject `json:"application"`
	RingSigner  keyObject `json:"ring_signer"`
	Supplier    keyObject `json:"supplier"`

	RequestPayload  Field[Hex]    `json:"request_payload"`
	RequestUnsigned Field[Hex]    `json:"request_unsigned_bytes"`
	RequestHash     Field[Hex]    `json:"request_signable_hash"`
	RingSignature   Field[Hex]    `json:"request_ring_signature"`
	Request         Field[Hex]    `json:"request_bytes"`
	RequestFault    Field[string] `json:"request_validate_basic_error"`

	ResponsePayload   Field[Hex]                    `json:"response_payload"`
	PayloadHash       Field[Hex]                    `json:"response_payload_hash"`
	PayloadHashFault  Field[string]                 `json:"update_payload_hash_error"`
	MinerError        *servicetypes.RelayMinerError `json:"relay_miner_error"`
	ResponseSignable  Field[Hex]                    `json:"response_signable_bytes"`
	ResponseHash      Field[Hex]                    `json:"response_signable_hash"`
	SupplierSignature Field[Hex]                    `json:"supplier_signature"`
	Response          Field[Hex]                    `json:"response_bytes_with_payload"`
	ResponseBare      Field[Hex]                    `json:"response_bytes_without_payload"`
	ResponseFault     Field[string]                 `json:"response_validate_basic_error"`
	Provable          Field[bool]                   `json:"signature_verifies_after_payload_removed"`

	Relay          Field[Hex] `json:"relay_bytes"`
	RelayHash      Field[Hex] `json:"relay_hash"`
	LeafPath       Field[Hex] `json:"smst_leaf_path"`
	RelayWrong     Field[Hex] `json:"relay_bytes_with_payload_not_used_for_mining"`
	RelayWrongHash Field[Hex] `json:"relay_hash_with_payload_not_used_for_mining"`
}

// RunRelayHash runs relay_hash.json of dir through package relay: every relay
// is made from its inputs, step by step, and every step compared.
func RunRelayHash(dir string) (Result, error) {
	res := Result{Name: "relay_hash.json"}
	var file relayFile
	if err := load(dir, res.Name, &file); err != nil {
		return res, err
	}
	runEach(&res, "envelope", file.Envelopes, checkEnvelope)
	runEach(&res, "case", file.Cases, checkRelay)
	return res, nil
}

func checkRelay(c *Case, v relayCase) {
	v.Application.check(c, "application")
	header := v.header(c)
	req := v.checkRequest(c, header)
	res := v.checkResponse(c, header)
	v.checkLeaf(c, req, res)
}

// header builds the session header and compares its encoding.
func (v relayCase) header(c *Case) *sessiontypes.SessionHeader {
	h := &sessiontypes.SessionHeader{
		ApplicationAddress:      v.Header.Application,
		ServiceId:               v.Header.Service,
		SessionId:               v.Header.Session,
		SessionStartBlockHeight: int64(v.Header.Start),
		SessionEndBlockHeight:   int64(v.Header.End),
	}
	compareEncoding(c, "session_header protobuf", v.Header.Encoded, h)
	return h
}

// compareEncoding compares the encoding of a chain message with a field.
func compareEncoding(c *Case, name string, want Field[Hex], m interface{ Marshal() ([]byte, error) }) {
	b, err := m.Marshal()
	if err != nil {
		c.Errorf("%s: %v", name, err)
		return
	}
	c.Bytes(name, want, b)
}

// compareHash checks that the field named hash is the SHA-256 of the field
// named preimage.
func compareHash(c *Case, preimage string, p Field[Hex], hash string, h Field[Hex]) {
	if b, ok := p.Need(c, preimage); ok {
		sum := sha256.Sum256(b)
		c.Bytes(hash, h, sum[:])
	}
}

// outcome compares whether a check passes with an error text of the file, where
// an empty text means that it does.
func outcome(c *Case, name string, want Field[string], err error) {
	if text, ok := want.Need(c, name); ok && (text == "") != (err == nil) {
		c.Errorf("%s: file says %q, we say %v", name, text, err)
	}
}
