package hasher

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/tools/process"
)

// TestLimit: a process that would use a whole processor gets about its share of one. Nothing of the limit stays.
func TestLimit(t *testing.T) {
	p, err := process.Start(t.Context(), process.Options{Program: "sh", Args: []string{"-c", "while :; do :; done"}})
	require.NoError(t, err)
	l, err := newLimit(p.Pid(), 0.2)
	if errors.Is(err, errNoLimit) {
		require.NoError(t, p.Kill())
		t.Skip(err)
	}
	require.NoError(t, err)
	begin := time.Now()
	before, err := p.CPU()
	require.NoError(t, err)
	time.Sleep(time.Second)
	after, err := p.CPU()
	require.NoError(t, err)
	require.Less(t, (after - before).Seconds(), 0.4*time.Since(begin).Seconds())
	require.NoError(t, p.Kill())
	l.remove()
	require.NoDirExists(t, l.dir)
}
