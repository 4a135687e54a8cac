package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What the pages for operators have one type is a command of this program, with flags that it has and as many arguments
// as it takes.
func TestCommandsInDocs(t *testing.T) {
	found := 0
	for _, name := range []string{"failures.md", "operations.md"} {
		page, err := os.ReadFile(filepath.Join("..", "..", "..", "services", "docs", name))
		require.NoError(t, err)
		code := false
		for line := range strings.Lines(string(page)) {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, "```") {
				code = line == "```sh"
				continue
			}
			rest, ok := strings.CutPrefix(line, "lode ")
			if !code || !ok {
				continue
			}
			found++
			c, args, err := tree().Find(strings.Fields(rest))
			require.NoError(t, err, line)
			require.True(t, c.Runnable(), line)
			require.NoError(t, c.ParseFlags(args), line)
			require.NoError(t, c.ValidateArgs(c.Flags().Args()), line)
		}
	}
	require.Greater(t, found, 20)
}
