package vectors

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// place is a value inside a decoded JSON document: the object or list it is in,
// and where.
type place struct {
	path  string
	value any
	set   func(v any)
	drop  func() // nil in a list
}

// places lists the values without parts below v, apart from the fields to skip,
// which are named by their key or by their whole path.
func places(path string, v any, skip []string) (out []place) {
	switch node := v.(type) {
	case map[string]any:
		for k, child := range node {
			if slices.Contains(skip, k) || slices.Contains(skip, path+"."+k) {
				continue
			}
			out = append(out, leafOr(path+"."+k, child, skip, func(n any) { node[k] = n }, func() { delete(node, k) })...)
		}
	case []any:
		for i, child := range node {
			out = append(out, leafOr(fmt.Sprintf("%s[%d]", path, i), child, skip, func(n any) { node[i] = n }, nil)...)
		}
	}
	return out
}

func leafOr(path string, v any, skip []string, set func(any), drop func()) []place {
	switch v.(type) {
	case map[string]any, []any:
		return places(path, v, skip)
	}
	return []place{{path, v, set, drop}}
}

// altered returns a value of the same kind that differs in one bit or letter.
func altered(v any) any {
	switch x := v.(type) {
	case bool:
		return !x
	case json.Number:
		n, err := x.Int64()
		if err != nil {
			return json.Number("1")
		}
		return json.Number(fmt.Sprint(n + 1))
	case string:
		return alteredText(x)
	}
	return "altered"
}

func alteredText(s string) string {
	if s == "" {
		return "00"
	}
	if strings.Contains(s, " ") {
		return "" // an error text, of which only the presence counts
	}
	last := s[len(s)-1]
	swap := byte('0')
	if last == '0' {
		swap = '1'
	}
	return s[:len(s)-1] + string(swap)
}

// requireEveryFieldCounts alters and drops, one at a time, every field below
// the file's document, except those to skip, and requires that run notices. The
// document should be cut down to a few cases before.
func requireEveryFieldCounts(t *testing.T, name string, doc map[string]any, run func(dir string) (Result, error), skip ...string) {
	dir := t.TempDir()
	failed := func() bool {
		b, err := json.Marshal(doc)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), b, 0o600))
		res, err := run(dir)
		return err != nil || res.Failed > 0
	}
	require.False(t, failed(), "the unaltered document fails")
	all := places("", doc, skip)
	require.Greater(t, len(all), 10)
	for _, p := range all {
		p.set(altered(p.value))
		require.True(t, failed(), "altered %s unnoticed", p.path)
		p.set(p.value)
		if p.drop == nil {
			continue
		}
		p.drop()
		require.True(t, failed(), "dropped %s unnoticed", p.path)
		p.set(p.value)
	}
}

// document returns the compiled-in vector file as a generic document.
func document(t *testing.T, name string) map[string]any {
	b, err := read("", name)
	require.NoError(t, err)
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.UseNumber()
	var doc map[string]any
	require.NoError(t, dec.Decode(&doc))
	return doc
}

// keep cuts the list called key of a document down to the elements at the given
// places.
func keep(t *testing.T, doc map[string]any, key string, at ...int) {
	list, ok := doc[key].([]any)
	require.True(t, ok, key)
	var kept []any
	for _, i := range at {
		kept = append(kept, list[i])
	}
	doc[key] = kept
}

// failures writes a document to a file of that name and returns how many of its
// cases fail.
func failures(t *testing.T, name string, doc map[string]any, run func(dir string) (Result, error)) int {
	dir := t.TempDir()
	b, err := json.Marshal(doc)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), b, 0o600))
	res, err := run(dir)
	require.NoError(t, err)
	return res.Failed
}

func requireFailed(t *testing.T, name string, doc map[string]any, run func(dir string) (Result, error), want int) {
	require.Equal(t, want, failures(t, name, doc, run))
}
