package event

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/cosmos/gogoproto/jsonpb"
	gogoproto "github.com/cosmos/gogoproto/proto"

	chainv1 "github.com/lodeworks/lode/proto/gen/go/chain/v1"
)

// Decode reads a typed event into the message of its type. Attributes that the message has no field for are left
// out, missing ones leave the zero value: older and newer heights of a chain differ in both.
func Decode(e *chainv1.Event, into gogoproto.Message) error {
	if name := gogoproto.MessageName(into); e.GetType() != name {
		return fmt.Errorf("decode event %s: it is not a %s", e.GetType(), name)
	}
	object := make(map[string]json.RawMessage, len(e.Attributes))
	for _, a := range e.Attributes {
		if a.Key == "mode" || a.Key == "msg_index" { // appended by the SDK, not JSON
			continue
		}
		if !json.Valid([]byte(a.Value)) {
			return fmt.Errorf("decode event %s: attribute %s is not JSON", e.Type, a.Key)
		}
		object[a.Key] = json.RawMessage(a.Value)
	}
	text, err := json.Marshal(object)
	if err != nil {
		return fmt.Errorf("decode event %s: %w", e.Type, err)
	}
	reader := jsonpb.Unmarshaler{AllowUnknownFields: true}
	if err := reader.Unmarshal(strings.NewReader(string(text)), into); err != nil {
		return fmt.Errorf("decode event %s: %w", e.Type, err)
	}
	return nil
}
