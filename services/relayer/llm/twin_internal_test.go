package llm

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// readTwin is the slow obvious twin of Reader: the whole answer is cut by string functions, and each document parsed
// at once by encoding/json.
func readTwin(contentType string, answer []byte) Usage {
	var t total
	frame := frameOf(contentType)
	for _, text := range cutTwin(frame, string(answer)) {
		if d, ok := documentTwin(answerPaths, []byte(text)); ok {
			t.add(d)
		}
	}
	u := t.usage()
	u.Streamed = frame == lines || frame == events
	return u
}

func cutTwin(f frame, answer string) []string {
	switch f {
	case whole:
		return []string{answer}
	case lines:
		return strings.Split(answer, "\n")
	case events:
		answer = strings.ReplaceAll(strings.ReplaceAll(answer, "\r\n", "\n"), "\r", "\n")
		var documents []string
		var data strings.Builder
		for _, line := range strings.Split(answer, "\n") {
			if line == "" {
				documents = append(documents, data.String())
				data.Reset()
			} else if text, ok := strings.CutPrefix(line, "data:"); ok {
				data.WriteString(text + "\n")
			}
		}
		return append(documents, data.String())
	}
	return nil
}

func documentTwin(root *node, text []byte) (document, bool) {
	if !json.Valid(text) {
		return document{}, false
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	w := walk{dec: dec}
	w.value(root)
	return w.doc, !w.deep
}

// walk goes through a valid document token by token.
type walk struct {
	dec   *json.Decoder
	depth int
	deep  bool
	doc   document
}

func (w *walk) value(at *node) {
	token, err := w.dec.Token()
	if err != nil {
		panic(err) // the document is valid
	}
	var v value
	switch token := token.(type) {
	case json.Delim:
		v.kind = isContainer
	case nil:
		v.kind = isNull
	case bool:
		v.kind = isFalse
		if token {
			v.kind = isTrue
		}
	case json.Number:
		v = value{kind: isNumber, raw: []byte(token), long: len(token) > maxRaw}
	case string:
		quoted, _ := json.Marshal(token)
		v = value{kind: isString, raw: quoted[1 : len(quoted)-1], long: len(token) > maxText}
	}
	if at != nil && at.field != ofNothing {
		w.doc.set(at.field, v)
	}
	if v.kind == isContainer {
		w.container(at, token == json.Delim('['))
	}
}

func (w *walk) container(at *node, array bool) {
	w.depth++
	w.deep = w.deep || w.depth > maxDepth
	for w.dec.More() {
		var place *node
		if array && at != nil {
			place = at.element
		}
		if !array {
			key, _ := w.dec.Token()
			if at != nil {
				place = at.children[key.(string)]
			}
		}
		w.value(place)
	}
	_, _ = w.dec.Token()
	w.depth--
}

// readCut reads the answer in pieces that end at the given places.
func readCut(contentType string, answer []byte, cuts []int) Usage {
	r := NewReader(contentType, nil)
	last := 0
	for _, cut := range cuts {
		cut = last + cut%(len(answer)-last+1)
		_, _ = r.Write(answer[last:cut])
		last = cut
	}
	_, _ = r.Write(answer[last:])
	return r.Result()
}

var media = []string{"application/json", "application/x-ndjson", "text/event-stream"}

// odd are values at the paths, among them such as no server should say and such as are no JSON.
var odd = []string{
	`7`, `4294967296`, `null`, `true`, `false`, `""`, `"stop"`, `"in_progress"`, `"response"`, `-1`, `0`, `-0`, `7.5`, `1e3`, `1E+3`, `1e-3`, `{}`, `[]`,
	`[1]`, `[1,2]`, `{"a":1,"b":2}`, `"\u0061"`, `"\ud800"`, "\"\xff\"", `"a\"\\\/\b\f\n\r\t"`, ` 7 `, "\t\"a\"\r\n",
	`18446744073709551616`, `4294967297`, `"` + strings.Repeat("x", 129) + `"`, `"` + strings.Repeat(`\u0061`, 128) + `"`,
	strings.Repeat("[", 40) + strings.Repeat("]", 40), "1" + strings.Repeat("0", 900),
	`01`, `-`, `-a`, `1.`, `1.e3`, `.5`, `1e`, `1e+`, `+1`, `1a`, `tru`, `trux`, `nul`, `truee`, `"\x"`, `"\u006g"`, `"\u006"`, "\"\x01\"", "\"a\nb\"", `"a`,
	`{`, `[`, `}`, `]`, `[1,]`, `[,1]`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{1:2}`, `[1 2]`, `{"a" 1}`, `[1}`, `{"a":1]`, `[}`, `{]`, ``, `7 7`, `,`, `:`,
}

// everywhere are documents with a % in every place that the paths lead to.
func everywhere() (all []string) {
	var list func(n *node, before, after string)
	list = func(n *node, before, after string) {
		all = append(all, before+"%"+after)
		for _, key := range slices.Sorted(maps.Keys(n.children)) {
			list(n.children[key], before+`{"`+key+`":`, "}"+after)
		}
		if n.element != nil {
			list(n.element, before+"[", "]"+after)
		}
	}
	list(answerPaths, "", "")
	return all
}

func TestEveryValueEverywhere(t *testing.T) {
	for _, place := range everywhere() {
		for _, v := range odd {
			text := []byte(strings.Replace(place, "%", v, 1))
			s := newScanner(answerPaths)
			s.write(text)
			got, ok := s.end()
			want, valid := documentTwin(answerPaths, text)
			require.Equal(t, valid, ok, "%s", text)
			if ok {
				require.Equal(t, want, got, "%s", text)
			}
		}
	}
}

// texts are documents that say one or two things each, of one or several lines.
func texts() *rapid.Generator[string] {
	places, values := rapid.SampledFrom(everywhere()), rapid.SampledFrom(odd[:27])
	breaks := rapid.SampledFrom([]string{"", "", "\n", "\r\n", "\ndata:", "\r\ndata: ", "\rdata:", "\r\rdata:", "\n\ndata:", "\n: a comment\ndata:", "\r\nevent: a\r\ndata:", "\ndatax\ndata:"})
	return rapid.Custom(func(t *rapid.T) string {
		text := strings.Replace(places.Draw(t, "place"), "%", values.Draw(t, "value"), 1)
		if strings.HasPrefix(text, "{") && strings.HasSuffix(text, "}") {
			text = text[:len(text)-1] + ", " + `"eval_count":` + values.Draw(t, "count") + "}"
		}
		return strings.Replace(text, ":", ":"+breaks.Draw(t, "break"), 1)
	})
}

func TestReaderIsItsTwin(t *testing.T) {
	texts := texts()
	joins := rapid.SampledFrom([]string{"\n", "\n\n", "\r\n\r\n", "\r\r", "\n\ndata:", "\n\ndata: ", "\r\ndata: ", "\rdata:", "\ndatax:", "\n: data: ", "\nevent: a\ndata:", " ", ""})
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(media).Draw(t, "media")
		var answer strings.Builder
		if kind == "text/event-stream" {
			answer.WriteString("data:")
		}
		for _, text := range rapid.SliceOfN(texts, 1, 6).Draw(t, "documents") {
			answer.WriteString(text + joins.Draw(t, "join"))
		}
		got := readCut(kind, []byte(answer.String()), rapid.SliceOfN(rapid.IntRange(0, 40), 0, 30).Draw(t, "cuts"))
		require.Equal(t, readTwin(kind, []byte(answer.String())), got, "%q", answer.String())
	})
}

// An event's data may be on several lines, with other fields between them, whichever way lines end.
func TestDataOfSeveralLines(t *testing.T) {
	for _, newline := range []string{"\n", "\r", "\r\n"} {
		answer := strings.ReplaceAll("data: {\"usage\":\nevent: a\n: data\ndata:{\"prompt_tokens\":7\ndata\ndata:}}\n\n", "\n", newline)
		for size := range len(answer) {
			u := readCut(asEvents, []byte(answer), slices.Repeat([]int{size}, len(answer)))
			require.Equal(t, Usage{Streamed: true, Known: true, Prompt: 7}, u, "%q in pieces of %d", answer, size)
		}
	}
}

func FuzzReader(f *testing.F) {
	for _, s := range shapes {
		f.Add(byte(0), []byte(s.answer), []byte{3, 1, 250})
		f.Add(byte(1), []byte(s.answer), []byte{1})
		f.Add(byte(2), []byte(s.answer), []byte{})
	}
	f.Fuzz(func(t *testing.T, kind byte, answer, cuts []byte) {
		contentType := media[int(kind)%len(media)]
		var at []int
		for _, c := range cuts {
			at = append(at, int(c))
		}
		u := readCut(contentType, answer, at)
		require.Equal(t, readTwin(contentType, answer), u)
		if !u.Known {
			require.Zero(t, u.Prompt+u.Completion+u.Cached+u.Reasoning)
		}
	})
}

func FuzzReadRequest(f *testing.F) {
	f.Add([]byte(`{"model":"m","stream":true,"stream_options":{"include_usage":true}}`))
	f.Add([]byte(`{"model":"m","stream":1,"messages":[{"role":"user","content":"\"}"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		d, _ := documentTwin(requestPaths, body)
		require.Equal(t, Request{Model: d.model, Stream: d.stream, WantsUsage: d.wantsUsage}, ReadRequest(body))
	})
}
