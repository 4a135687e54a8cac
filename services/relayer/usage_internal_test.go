package relayer

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadUsage(t *testing.T) {
	const json = "application/json"
	for _, c := range []struct {
		media, body string
		want        usage
	}{
		{json, `{"usage":{"prompt_tokens":7,"completion_tokens":11}}`, usage{7, 11, true}},
		{json + "; charset=utf-8", `{"usage":{"prompt_tokens":7,"completion_tokens":11}}`, usage{7, 11, true}},
		{json, `{"usage":{"prompt_tokens":7}}`, usage{7, 0, true}}, // embeddings
		{json, `{"usage":{"prompt_tokens":0,"completion_tokens":0}}`, usage{0, 0, true}},
		{json, `{"usage":{"completion_tokens":11}}`, usage{}},
		{json, `{"usage":{"prompt_tokens":-7,"completion_tokens":11}}`, usage{}},
		{json, `{"usage":{"prompt_tokens":7,"completion_tokens":-1}}`, usage{}},
		{json, `{"usage":{"prompt_tokens":7.5}}`, usage{}},
		{json, `{"usage":{"prompt_tokens":18446744073709551616}}`, usage{}},
		{json, `{"usage":{"prompt_tokens":"7"}}`, usage{}},
		{json, `{"usage":null}`, usage{}},
		{json, `{}`, usage{}},
		{json, `[]`, usage{}},
		{json, `{"usage":{"prompt_tokens":7}`, usage{}},
		{json, ``, usage{}},
		{"text/plain", `{"usage":{"prompt_tokens":7}}`, usage{}},
		{"", `{"usage":{"prompt_tokens":7}}`, usage{}},
		{"application/json; =", `{"usage":{"prompt_tokens":7}}`, usage{}},
		{json, `{"usage":{"prompt_tokens":7},"pad":"` + string(make([]byte, maxUsageBody)) + `"}`, usage{}},
	} {
		require.Equal(t, c.want, readUsage(c.media, []byte(c.body)), "%s %.60s", c.media, c.body)
	}
}

// FuzzReadUsage: unknown usage has no numbers, and no body makes a panic.
func FuzzReadUsage(f *testing.F) {
	f.Add("application/json", []byte(answered))
	f.Add("application/json; charset=utf-8", []byte(`{"usage":{"prompt_tokens":1e3}}`))
	f.Fuzz(func(t *testing.T, media string, body []byte) {
		if u := readUsage(media, body); !u.known {
			require.Zero(t, u)
		}
	})
}
