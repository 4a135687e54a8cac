package relay

import (
	"errors"
	"fmt"

	sdktypes "github.com/pokt-network/shannon-sdk/types"
	"google.golang.org/protobuf/proto"
)

// Limits on the HTTP envelope inside a relay's payload. Bodies are bounded by
// the caller, who bounds the whole relay.
const (
	MaxHeaders     = 256     // header names
	MaxValues      = 1024    // header values, all names together
	MaxHeaderBytes = 1 << 20 // names and values together, as HTTP servers bound them
	MaxURL         = 1 << 16 // bytes of URL
	MaxMethod      = 64      // bytes of method
)

// ErrLimit is returned when an HTTP envelope has too many or too large headers,
// or too long a URL or method.
var ErrLimit = errors.New("HTTP envelope is over a limit")

// DecodeHTTPRequest decodes the HTTP request inside a relay request's payload.
// The header map is never nil and has no nil entries. Errors match [ErrDecode]
// or [ErrLimit].
func DecodeHTTPRequest(payload []byte) (*sdktypes.POKTHTTPRequest, error) {
	req := new(sdktypes.POKTHTTPRequest)
	if err := decodeEnvelope(payload, req); err != nil {
		return nil, fmt.Errorf("HTTP request: %w", err)
	}
	if len(req.Url) > MaxURL || len(req.Method) > MaxMethod {
		return nil, fmt.Errorf("HTTP request: %w: URL or method too long", ErrLimit)
	}
	req.Header = presentHeaders(req.Header)
	return req, nil
}

// DecodeHTTPResponse decodes the HTTP response inside a relay response's
// payload, under the rules of [DecodeHTTPRequest].
func DecodeHTTPResponse(payload []byte) (*sdktypes.POKTHTTPResponse, error) {
	res := new(sdktypes.POKTHTTPResponse)
	if err := decodeEnvelope(payload, res); err != nil {
		return nil, fmt.Errorf("HTTP response: %w", err)
	}
	res.Header = presentHeaders(res.Header)
	return res, nil
}

// EncodeHTTPRequest encodes an HTTP request for a relay request's payload.
// Equal requests give equal bytes (relay.md §1.5). Text that is not UTF-8,
// which the encoding cannot hold, has its offending bytes replaced by U+FFFD.
func EncodeHTTPRequest(req *sdktypes.POKTHTTPRequest) ([]byte, error) {
	clean := &sdktypes.POKTHTTPRequest{
		Method: validUTF8(req.GetMethod()),
		Url:    validUTF8(req.GetUrl()),
		Header: cleanHeaders(req.GetHeader()),
		BodyBz: req.GetBodyBz(),
	}
	return encodeEnvelope(clean)
}

// EncodeHTTPResponse encodes an HTTP response for a relay response's payload,
// as [EncodeHTTPRequest] does a request.
func EncodeHTTPResponse(res *sdktypes.POKTHTTPResponse) ([]byte, error) {
	clean := &sdktypes.POKTHTTPResponse{
		StatusCode: res.GetStatusCode(),
		Header:     cleanHeaders(res.GetHeader()),
		BodyBz:     res.GetBodyBz(),
	}
	return encodeEnvelope(clean)
}

func encodeEnvelope(m proto.Message) ([]byte, error) {
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode HTTP envelope: %w", err)
	}
	return b, nil
}

// decodeEnvelope decodes b into m. Headers are counted first, so that a small
// payload cannot fill the memory with many tiny values.
func decodeEnvelope(b []byte, m proto.Message) error {
	if err := limitHeaders(b); err != nil {
		return err
	}
	if err := (proto.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(b, m); err != nil {
		return fmt.Errorf("%w: %w", ErrDecode, err)
	}
	return nil
}
