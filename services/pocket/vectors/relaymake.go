package vectors

import (
	"bytes"
	"crypto/sha256"
	"errors"

	servicetypes "github.com/pokt-network/poktroll/x/service/types"
	sessiontypes "github.com/pokt-network/poktroll/x/session/types"

	"github.com/lodeworks/lode/services/pocket/keys"
	"github.com/lodeworks/lode/services/pocket/relay"
	"github.com/lodeworks/lode/services/pocket/ring"
)

// checkRequest makes the request and compares it on the way.
func (v relayCase) checkRequest(c *Case, header *sessiontypes.SessionHeader) *servicetypes.RelayRequest {
	payload, _ := v.RequestPayload.Need(c, "request_payload")
	signature, _ := v.RingSignature.Need(c, "request_ring_signature")
	req := &servicetypes.RelayRequest{
		Meta:    servicetypes.RelayRequestMetadata{SessionHeader: header, SupplierOperatorAddress: v.Supplier.Address.V},
		Payload: payload,
	}
	compareEncoding(c, "request_unsigned_bytes", v.RequestUnsigned, req)
	req.Meta.Signature = signature
	compareEncoding(c, "request_bytes", v.Request, req)
	outcome(c, "request_validate_basic_error", v.RequestFault, relay.CheckRequest(req))
	back, err := relay.DecodeRequest(v.Request.V)
	if err != nil {
		c.Errorf("decode request_bytes: %v", err)
		return req
	}
	hash, err := relay.RequestHash(back)
	if err != nil {
		c.Errorf("hash request: %v", err)
	}
	c.Bytes("request_signable_hash", v.RequestHash, hash[:])
	v.checkRing(c, hash, signature)
	return back
}

// checkRing verifies the request's signature for the keys inside it, and that
// ring_signer is the one that made it.
func (v relayCase) checkRing(c *Case, hash [32]byte, signature []byte) {
	signer := v.RingSigner.check(c, "ring_signer")
	sig, err := ring.DecodeLax(signature)
	if err != nil {
		c.Errorf("request_ring_signature: %v", err)
		return
	}
	if err := ring.NewVerifier(nil).VerifyLax(hash, signature, ring.NewSet(sig.Members()...)); err != nil {
		c.Errorf("request_ring_signature: %v", err)
	}
	if image, err := keyImage(signer); err != nil || image != sig.KeyImage() {
		c.Errorf("request_ring_signature: not made by ring_signer (%v)", err)
	}
}

// checkResponse makes and signs the response and compares it on the way.
func (v relayCase) checkResponse(c *Case, header *sessiontypes.SessionHeader) *servicetypes.RelayResponse {
	supplier := v.Supplier.check(c, "supplier")
	res := v.unsignedResponse(c, header)
	hash, err := relay.ResponseHash(res)
	if err != nil {
		c.Errorf("hash response: %v", err)
	}
	c.Bytes("response_signable_hash", v.ResponseHash, hash[:])
	compareHash(c, "response_signable_bytes", v.ResponseSignable, "response_signable_hash", v.ResponseHash)
	if err := relay.SignResponse(res, supplier); err != nil {
		c.Errorf("sign response: %v", err)
		return res
	}
	c.Bytes("supplier_signature", v.SupplierSignature, res.Meta.SupplierOperatorSignature)
	compareEncoding(c, "response_bytes_with_payload", v.Response, res)
	outcome(c, "response_validate_basic_error", v.ResponseFault, relay.CheckResponse(res))
	v.checkReceived(c, supplier)
	v.checkBare(c, *res, supplier)
	return res
}

// unsignedResponse builds the response and checks what [relay.NewResponse]
// makes of the same payload.
func (v relayCase) unsignedResponse(c *Case, header *sessiontypes.SessionHeader) *servicetypes.RelayResponse {
	payload, _ := v.ResponsePayload.Need(c, "response_payload")
	hash, _ := v.PayloadHash.Need(c, "response_payload_hash")
	made, err := relay.NewResponse(header, payload)
	outcome(c, "update_payload_hash_error", v.PayloadHashFault, err)
	res := &servicetypes.RelayResponse{
		Meta:            servicetypes.RelayResponseMetadata{SessionHeader: header},
		Payload:         payload,
		RelayMinerError: v.MinerError,
	}
	if len(hash) > 0 { // empty means that the field is absent
		res.PayloadHash = hash
		if err == nil {
			c.Bytes("response_payload_hash", v.PayloadHash, made.PayloadHash)
		}
	}
	return res
}

// checkReceived verifies the response as a gateway receives it.
func (v relayCase) checkReceived(c *Case, supplier keys.Private) {
	got, err := relay.DecodeResponse(v.Response.V)
	if err != nil {
		c.Errorf("decode response_bytes_with_payload: %v", err)
		return
	}
	if err := relay.VerifyResponse(got, supplier.Public()); err != nil {
		c.Errorf("response_bytes_with_payload: %v", err)
	}
}

// checkBare checks the response without its payload.
func (v relayCase) checkBare(c *Case, bare servicetypes.RelayResponse, supplier keys.Private) {
	bare.Payload = nil
	compareEncoding(c, "response_bytes_without_payload", v.ResponseBare, &bare)
	err := relay.VerifyResponse(&bare, supplier.Public())
	Equal(c, "signature_verifies_after_payload_removed", v.Provable, err == nil)
}

// checkLeaf makes the leaf. A relay that cannot be proven must be refused.
func (v relayCase) checkLeaf(c *Case, req *servicetypes.RelayRequest, res *servicetypes.RelayResponse) {
	compareHash(c, "relay_bytes", v.Relay, "relay_hash", v.RelayHash)
	compareHash(c, "relay_hash", v.RelayHash, "smst_leaf_path", v.LeafPath)
	v.checkWrongLeaf(c, req, res)
	value, hash, err := relay.Leaf(req, res)
	if !v.Provable.V {
		if !errors.Is(err, relay.ErrUnprovable) {
			c.Errorf("a relay that cannot be proven became a leaf, error %v", err)
		}
	} else if err != nil {
		c.Errorf("make leaf: %v", err)
	} else {
		c.Bytes("relay_bytes", v.Relay, value)
		c.Bytes("relay_hash", v.RelayHash, hash[:])
	}
	v.checkStoredLeaf(c)
}

// checkStoredLeaf takes relay_bytes apart: the halves are the request and the
// response without payload.
func (v relayCase) checkStoredLeaf(c *Case) {
	leaf, err := relay.DecodeLeaf(v.Relay.V)
	if err != nil {
		c.Errorf("decode relay_bytes: %v", err)
		return
	}
	compareEncoding(c, "request_bytes", v.Request, leaf.Req)
	compareEncoding(c, "response_bytes_without_payload", v.ResponseBare, leaf.Res)
}

// checkWrongLeaf checks that the relay with its payload is what the file warns
// of, and that it differs from the leaf where there is a payload.
func (v relayCase) checkWrongLeaf(c *Case, req *servicetypes.RelayRequest, res *servicetypes.RelayResponse) {
	const name = "relay_bytes_with_payload_not_used_for_mining"
	compareEncoding(c, name, v.RelayWrong, &servicetypes.Relay{Req: req, Res: res})
	sum := sha256.Sum256(v.RelayWrong.V)
	c.Bytes("relay_hash_with_payload_not_used_for_mining", v.RelayWrongHash, sum[:])
	if len(res.Payload) > 0 && bytes.Equal(v.RelayWrong.V, v.Relay.V) {
		c.Errorf("%s is what is mined", name)
	}
}
