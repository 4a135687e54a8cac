package relayer

import (
	"encoding/json"
	"mime"
)

// usage is what an OpenAI-compatible answer says it cost.
type usage struct {
	prompt, completion uint64
	known              bool
}

// maxUsageBody bounds what is parsed for usage, in bytes.
const maxUsageBody = 4 << 20

// readUsage finds the usage object of a JSON answer. Absent, negative or malformed usage is unknown, never zero.
func readUsage(contentType string, body []byte) usage {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil || media != "application/json" || len(body) > maxUsageBody {
		return usage{}
	}
	var doc struct {
		Usage *struct {
			Prompt     *uint64 `json:"prompt_tokens"`
			Completion *uint64 `json:"completion_tokens"`
		} `json:"usage"`
	}
	if err := json.Unmarshal(body, &doc); err != nil || doc.Usage == nil || doc.Usage.Prompt == nil {
		return usage{}
	}
	u := usage{prompt: *doc.Usage.Prompt, known: true}
	if doc.Usage.Completion != nil {
		u.completion = *doc.Usage.Completion
	}
	return u
}
