package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func lastLine(out bytes.Buffer) string {
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	return lines[len(lines)-1]
}

func TestRun(t *testing.T) {
	var out bytes.Buffer
	failed, err := run("", &out)
	require.NoError(t, err)
	require.Zero(t, failed)
	require.Regexp(t, `^\{"cases":[1-9][0-9]*,"failed":0\}$`, lastLine(out))
}

func TestRunReportsFailures(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "relay_hash.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"wrapped_http_messages":[{"bytes":"00","request":{"method":"GET"}}]}`), 0o600))
	var out bytes.Buffer
	failed, err := run(dir, &out)
	require.NoError(t, err)
	require.Equal(t, 1, failed)
	require.Equal(t, `{"cases":1,"failed":1}`, lastLine(out))
	require.Contains(t, out.String(), "envelope[0]: bytes: want 00")
}

func TestRunNeedsTheFolder(t *testing.T) {
	_, err := run(filepath.Join(t.TempDir(), "absent"), &bytes.Buffer{})
	require.ErrorIs(t, err, os.ErrNotExist)
}
