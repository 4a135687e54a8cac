package arch

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// foreign are texts that bind the repository to one machine or one package mirror. They are put together here so
// that this file does not match itself.
var foreign = map[string]*regexp.Regexp{
	"a path of one machine":        regexp.MustCompile(`(?m)(^|[^\w./-])/(wor` + `k|roo` + `t|home/\w+)/`),
	"the address of a registry":    regexp.MustCompile(`registry\.` + `npmjs|proxy\.` + `golang\.org|sum\.` + `golang\.org|artifac` + `tory\.|GOPRO` + `XY=|registry` + `=http`),
	"a resolved registry location": regexp.MustCompile(`"resol` + `ved":`),
}

func TestText(t *testing.T) {
	for _, name := range files(t) {
		raw, err := os.ReadFile(filepath.Join(root, name))
		require.NoError(t, err)
		if bytes.IndexByte(raw, 0) >= 0 {
			continue
		}
		for what, pattern := range foreign {
			if at := pattern.FindIndex(raw); at != nil {
				t.Errorf("%s:%d: %s: %q", name, 1+bytes.Count(raw[:at[0]+1], []byte("\n")), what, raw[at[0]:at[1]])
			}
		}
	}
}
