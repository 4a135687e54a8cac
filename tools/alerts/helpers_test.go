package alerts

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var repeated = regexp.MustCompile(`x(\d+)$`)

// length is how many values a text of the series notation has.
func length(t *testing.T, values string) (n int) {
	t.Helper()
	for word := range strings.FieldsSeq(values) {
		n++
		if m := repeated.FindStringSubmatch(word); m != nil {
			more, err := strconv.Atoi(m[1])
			require.NoError(t, err)
			n += more
		}
	}
	return n
}

// inSources tells whether a source below a folder of services has the word, tests aside.
func inSources(t *testing.T, folder, word string) (found bool) {
	t.Helper()
	whole := regexp.MustCompile(`\b` + regexp.QuoteMeta(word) + `\b`)
	require.NoError(t, filepath.WalkDir(filepath.Join(root, "services", folder), func(name string, d fs.DirEntry, err error) error {
		ext := filepath.Ext(name)
		if err != nil || found || d.IsDir() || (ext != ".go" && ext != ".proto") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		raw, err := os.ReadFile(name)
		found = whole.Match(raw)
		return err
	}))
	return found
}
