package vectors

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAll runs the folder of LODE_VECTORS, or the compiled-in files.
func TestAll(t *testing.T) {
	results, err := All(Dir())
	require.NoError(t, err)
	for _, r := range results {
		t.Run(r.Name, func(t *testing.T) {
			require.Positive(t, r.Cases)
			require.Zero(t, r.Failed, "%q", r.Failures)
		})
	}
}

// TestEveryCaseIsCounted compares the counts with the lengths of the lists.
func TestEveryCaseIsCounted(t *testing.T) {
	count := func(name string, lists ...string) (n int) {
		doc := document(t, name)
		for _, l := range lists {
			list, _ := doc[l].([]any)
			require.NotEmpty(t, list, l)
			n += len(list)
		}
		return n
	}
	r, err := RunRing("")
	require.NoError(t, err)
	placeholder := 1
	require.Equal(t, placeholder+count(r.Name, "members", "valid", "unusual_but_accepted_by_reference", "invalid"), r.Cases)
	r, err = RunRelayHash("")
	require.NoError(t, err)
	require.Equal(t, count(r.Name, "cases", "wrapped_http_messages"), r.Cases)
}

// Labels and explanations, which nothing is computed from.
var labels = []string{"name", "note", "description", "error"}

func TestRingFieldsCount(t *testing.T) {
	doc := document(t, "ring_signature.json")
	keep(t, doc, "members", 0)
	keep(t, doc, "valid", 0, 12)
	keep(t, doc, "unusual_but_accepted_by_reference", 0, 4)
	keep(t, doc, "invalid", 0, 2)
	// The secret text and the signer's name only say where keys come from. An
	// invalid signature stays invalid when it is altered, bytes after a
	// signature change nothing, and what does not decode is refused whether the
	// reference panics or not.
	skip := append(labels, "secret_text", "signer", ".invalid[0].message_hash", ".invalid[0].signature",
		".invalid[1].message_hash", ".invalid[1].signature", ".invalid[1].expected.reference_panics",
		".unusual_but_accepted_by_reference[1].signature")
	requireEveryFieldCounts(t, "ring_signature.json", doc, RunRing, skip...)
}

func TestRelayFieldsCount(t *testing.T) {
	doc := document(t, "relay_hash.json")
	keep(t, doc, "cases", 0, 6, 7, 8)
	requireEveryFieldCounts(t, "relay_hash.json", doc, RunRelayHash, labels...)
}

func TestAllNeedsFiles(t *testing.T) {
	_, err := All(filepath.Join(t.TempDir(), "absent"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = All(t.TempDir())
	require.ErrorContains(t, err, "no known vector file")
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err = All(file)
	require.ErrorContains(t, err, "not a folder")
}

func TestAllTakesPartOfTheFiles(t *testing.T) {
	dir := t.TempDir()
	b, err := read("", "relay_hash.json")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "relay_hash.json"), b, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "other.json"), []byte("?"), 0o600))
	results, err := All(dir)
	require.NoError(t, err)
	require.Len(t, results, 1)

	for content, want := range map[string]string{"{": "parse", "{}": "no cases"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "relay_hash.json"), []byte(content), 0o600))
		_, err = All(dir)
		require.ErrorContains(t, err, want)
	}
}

func TestCasesFailAlone(t *testing.T) {
	var r Result
	r.Run("panics", func(*Case) { panic("boom") })
	r.Run("passes", func(*Case) {})
	r.Run("lacks a field", func(c *Case) { c.Bytes("f", Field[Hex]{}, nil) })
	require.Equal(t, 3, r.Cases)
	require.Equal(t, 2, r.Failed)
	require.Equal(t, []string{"panics: panic: boom", "lacks a field: field f is missing"}, r.Failures)
}
