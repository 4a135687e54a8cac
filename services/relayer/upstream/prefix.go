package upstream

import (
	"bytes"
	"encoding/json"
)

// prefix is the first n bytes of the messages or the prompt of an OpenAI-compatible request, as they are written; nil
// when it has none. Requests that begin alike, say with one system prompt, share it, whatever else they ask for.
func prefix(body []byte, n int) []byte {
	dec := json.NewDecoder(bytes.NewReader(body))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil
		}
		if key == "messages" || key == "prompt" || key == "input" {
			value := bytes.TrimLeft(body[dec.InputOffset():], ": \t\r\n")
			return value[:min(n, len(value))]
		}
		var skipped json.RawMessage
		if dec.Decode(&skipped) != nil {
			return nil
		}
	}
	return nil
}
