package vectors

import (
	sdktypes "github.com/pokt-network/shannon-sdk/types"
	"google.golang.org/protobuf/proto"

	"github.com/lodeworks/lode/services/pocket/relay"
)

// envelopeCase is an HTTP message and its bytes inside a relay payload: either
// a request or a response.
type envelopeCase struct {
	Encoded  Field[Hex]   `json:"bytes"`
	Request  *httpMessage `json:"request"`
	Response *httpMessage `json:"response"`
}

type httpMessage struct {
	Method  string              `json:"method"`
	URL     string              `json:"url"`
	Status  uint32              `json:"status_code"`
	Headers map[string][]string `json:"headers"`
	Body    string              `json:"body"`
}

func (m httpMessage) headers() map[string]*sdktypes.Header {
	out := map[string]*sdktypes.Header{}
	for name, values := range m.Headers {
		out[name] = &sdktypes.Header{Key: name, Values: values}
	}
	return out
}

func checkEnvelope(c *Case, v envelopeCase) {
	if v.Request == nil && v.Response == nil {
		c.Errorf("field request or response is missing")
	}
	if m := v.Request; m != nil {
		req := &sdktypes.POKTHTTPRequest{Method: m.Method, Url: m.URL, Header: m.headers(), BodyBz: []byte(m.Body)}
		b, err := relay.EncodeHTTPRequest(req)
		compareEnvelope(c, v.Encoded, b, err)
		back, err := relay.DecodeHTTPRequest(v.Encoded.V)
		sameEnvelope(c, req, back, err)
	}
	if m := v.Response; m != nil {
		res := &sdktypes.POKTHTTPResponse{StatusCode: m.Status, Header: m.headers(), BodyBz: []byte(m.Body)}
		b, err := relay.EncodeHTTPResponse(res)
		compareEnvelope(c, v.Encoded, b, err)
		back, err := relay.DecodeHTTPResponse(v.Encoded.V)
		sameEnvelope(c, res, back, err)
	}
}

func compareEnvelope(c *Case, want Field[Hex], got []byte, err error) {
	if err != nil {
		c.Errorf("encode: %v", err)
		return
	}
	c.Bytes("bytes", want, got)
}

func sameEnvelope(c *Case, want, got proto.Message, err error) {
	if err != nil {
		c.Errorf("decode: %v", err)
		return
	}
	if !proto.Equal(want, got) {
		c.Errorf("decoded to %v, want %v", got, want)
	}
}
