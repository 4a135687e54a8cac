package node_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/tools/localnet/node"
)

func TestRunNeedsHome(t *testing.T) {
	err := node.Run(context.Background(), t.TempDir(), slog.New(slog.DiscardHandler), func(string) {
		t.Error("a node without home must not get ready")
	})
	require.ErrorContains(t, err, "was the home initialised?")
}
