package spool

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	childFolder = "LODE_SPOOL_TEST_FOLDER" // set: this process is the one that is killed
	childPolicy = "LODE_SPOOL_TEST_POLICY"
	writers     = 4
)

// TestChild is the process that TestKill kills: it says each message after it was acknowledged.
func TestChild(t *testing.T) {
	cfg := configIn(os.Getenv(childFolder))
	if cfg.Dir == "" {
		t.Skip("TestKill runs this")
	}
	cfg.Fsync = os.Getenv(childPolicy)
	s := open(t, cfg)
	s.limit = 100_000
	var all sync.WaitGroup
	var out sync.Mutex
	for w := range writers {
		all.Go(func() {
			for n := 0; ; n++ {
				c := message(fmt.Sprint(w), n)
				c.Data = append(c.Data, make([]byte, 5000)...)
				if _, err := s.Append(c); err != nil {
					panic(err)
				}
				out.Lock()
				fmt.Printf("%d %d\n", w, n)
				out.Unlock()
			}
		})
	}
	all.Wait()
}

// TestKill: a process is killed while it writes. All it acknowledged is there and in order, under every policy; what
// it did not finish is cut, also when the file ends in the middle of it.
func TestKill(t *testing.T) {
	for i, policy := range []string{FsyncAlways, FsyncInterval, FsyncNever} {
		t.Run(policy, func(t *testing.T) {
			cfg := configIn(t.TempDir())
			acknowledged := kill(t, cfg.Dir, policy, 200+100*i)
			tear(t, cfg.Dir)
			s := open(t, cfg)
			out := new(sink)
			drain(t, s, s.end, out.publish)
			empty(t, s)
			for w, last := range acknowledged {
				got := out.got[fmt.Sprint(w)]
				require.Greater(t, len(got), last, "acknowledged and lost")
				require.LessOrEqual(t, len(got), last+3, "one may be written and not acknowledged, or not said")
				for n, c := range got {
					require.Equal(t, strconv.Itoa(n), c.ID)
				}
			}
		})
	}
}

// kill runs the child until it has acknowledged that many messages, kills it, and returns each writer's last.
func kill(t *testing.T, dir, policy string, after int) map[int]int {
	child := exec.Command(os.Args[0], "-test.run=^TestChild$")
	child.Env = append(os.Environ(), childFolder+"="+dir, childPolicy+"="+policy)
	child.Stderr = os.Stderr
	pipe, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	last := map[int]int{}
	lines := bufio.NewScanner(pipe)
	for said := 0; lines.Scan(); said++ { // after the kill: what it had said before
		if said == after {
			require.NoError(t, child.Process.Kill())
		}
		var w, n int
		if _, err := fmt.Sscanf(lines.Text(), "%d %d", &w, &n); err == nil {
			last[w] = n
		}
	}
	require.Error(t, child.Wait(), "killed")
	require.Len(t, last, writers)
	return last
}

// tear makes the last file end within a message, if the kill has not.
func tear(t *testing.T, dir string) {
	names := files(t, dir)
	name := names[len(names)-1]
	_, why := readAll(t, name)
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	defer f.Close()
	if why.Error() == "EOF" {
		frame := appendFrame(nil, make([]byte, 1000))
		_, err = f.Write(frame[:500])
		require.NoError(t, err)
	}
}
