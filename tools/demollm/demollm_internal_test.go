package demollm

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestPieces(t *testing.T) {
	require.Equal(t, []string{"A", " ledger", " is", " counterb", "alanced", ",", " ", " don't", "\n", "é", "世界", "!"}[:9],
		pieces("A ledger is counterbalanced,  don't\n")[:9])
	require.Empty(t, pieces(""))
}

func TestPiecesJoinToTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
		got := pieces(text)
		require.Equal(t, text, strings.Join(got, ""))
		for _, p := range got {
			require.NotEmpty(t, p)
		}
	})
}

// What is said is the answer without stops, cut before the first of them, as a
// slow twin finds it.
func TestStopSequencesAreNeverSaid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := ask{MaxTokens: rapid.IntRange(1, 200).Draw(t, "max"), Temperature: rapid.Float64Range(0, 2).Draw(t, "temperature"),
			Prompt: rapid.SampledFrom([]string{"", "The river", "A ledger is", "zzz"}).Draw(t, "prompt")}
		plain := collect(a)
		a.Stops = rapid.SliceOfN(rapid.SampledFrom([]string{" the", "e ", ". A", "and", ", and the lamp", "ing", " lamp", "and the lamp", "q"}), 1, 4).Draw(t, "stops")
		require.Equal(t, cutAtFirst(plain, a.Stops), collect(a))
	})
}

func collect(a ask) string {
	var b strings.Builder
	generate(shipped(), a, func(text string) bool {
		b.WriteString(text)
		return true
	})
	return b.String()
}

// cutAtFirst grows the text byte by byte until it ends in a stop sequence.
func cutAtFirst(text string, stops []string) string {
	for end := range len(text) + 1 {
		longest := 0
		for _, s := range stops {
			if strings.HasSuffix(text[:end], s) {
				longest = max(longest, len(s))
			}
		}
		if longest > 0 {
			return text[:end-longest]
		}
	}
	return text
}

func TestGenerateCountsAndFinishes(t *testing.T) {
	finish, used := generate(shipped(), ask{Prompt: "a b", MaxTokens: 3}, func(string) bool { return true })
	require.Equal(t, finishLength, finish)
	require.Equal(t, usage{PromptTokens: 2, CompletionTokens: 3, TotalTokens: 5}, used)
	finish, used = generate(train("One two."), ask{MaxTokens: 100, Chat: true}, func(string) bool { return true })
	require.Equal(t, finishStop, finish)
	require.Equal(t, 3, used.CompletionTokens)
}

func TestCorpusIsPlainAndSaysWhatItIs(t *testing.T) {
	require.NotContains(t, corpus, startMark)
	require.NotContains(t, corpus, endMark)
	require.Greater(t, len(corpus), 3000)
	for text := range strings.Lines(Card + "\n" + Fingerprint) {
		require.True(t, strings.Contains(text, "Not a language model") || strings.Contains(text, "not-an-llm"))
	}
}

// Any body: a request within the limits, or an error of OpenAI's kind.
func FuzzDecodeAsk(f *testing.F) {
	for _, s := range []string{
		`{"model":"demo-ngram","messages":[{"role":"user","content":[{"type":"text","text":"x"}]}],"stop":["a","b"],"seed":-1}`,
		`{"model":"demo-ngram","prompt":"x","temperature":0,"stream":true,"stream_options":{"include_usage":true},"n":1}`,
		`{"model":"demo-ngram","prompt":null,"max_tokens":99999999999999999999}`, `[]`, `null`, `{`, `{"messages":[null]}`,
	} {
		f.Add([]byte(s), true)
		f.Add([]byte(s), false)
	}
	f.Fuzz(func(t *testing.T, body []byte, chat bool) {
		a, err := decodeAsk(bytes.NewReader(body), chat)
		if err != nil {
			var e *apiError
			require.ErrorAs(t, err, &e)
			require.GreaterOrEqual(t, e.Status, 400)
			return
		}
		require.True(t, 1 <= a.MaxTokens && a.MaxTokens <= maxTokensLimit && 0 <= a.Temperature && a.Temperature <= 2 && len(a.Stops) <= maxStops)
		a.MaxTokens = min(a.MaxTokens, 20)
		_, used := generate(shipped(), a, func(string) bool { return true })
		require.LessOrEqual(t, used.CompletionTokens, a.MaxTokens)
	})
}
