package analytics

import (
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/kit/ch/chtest"
)

// The query that an operator is told to ask for a trace can be asked.
func TestTheQueryOfATrace(t *testing.T) {
	page, err := os.ReadFile("../docs/traces.md")
	require.NoError(t, err)
	_, query, _ := strings.Cut(string(page), "```sql\n")
	query, _, found := strings.Cut(query, "```")
	require.True(t, found)
	cfg, conn := chtest.Start(t)
	require.NoError(t, Migrate(t.Context(), cfg, slog.New(slog.DiscardHandler)))
	rows, err := records(t.Context(), conn, query)
	require.NoError(t, err)
	require.Empty(t, rows)
}
