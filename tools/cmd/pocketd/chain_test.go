package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"
)

// asPocketd in the environment turns the test binary into pocketd itself, so
// that a test can kill a real process without building one.
const asPocketd = "LODE_TEST_AS_POCKETD"

func TestMain(m *testing.M) {
	if os.Getenv(asPocketd) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// patience bounds every wait; a busy machine needs a second or two.
const patience = 2 * time.Minute

// pocketd runs a command of pocketd to its end.
func pocketd(t *testing.T, args ...string) (string, error) {
	t.Helper()
	out, err := command(args...).CombinedOutput()
	return string(out), err
}

func command(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asPocketd+"=1")
	return cmd
}

// chain is a running node and a client of it.
type chain struct {
	*rpchttp.HTTP
	cmd *exec.Cmd
}

// start runs the node of home until the test's end.
func start(t *testing.T, home, rpc string) chain {
	t.Helper()
	cmd := command("start", "--home", home)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
	client, err := rpchttp.New("http://"+rpc, "/websocket")
	require.NoError(t, err)
	return chain{HTTP: client, cmd: cmd}
}

// onto is a client of another node.
func (c chain) onto(t *testing.T, rpc string) chain {
	t.Helper()
	client, err := rpchttp.New("http://"+rpc, "/websocket")
	require.NoError(t, err)
	return chain{HTTP: client}
}

// stop ends the node with a signal and returns how it ended.
func (c chain) stop(t *testing.T, sig syscall.Signal) error {
	t.Helper()
	require.NoError(t, c.cmd.Process.Signal(sig))
	return c.cmd.Wait()
}

// waitHeight returns the chain's height once it is at least h.
func (c chain) waitHeight(t *testing.T, h int64) int64 {
	t.Helper()
	var have int64
	require.Eventually(t, func() bool {
		status, err := c.Status(context.Background())
		if err != nil {
			return false
		}
		have = status.SyncInfo.LatestBlockHeight
		return have >= h
	}, patience, 20*time.Millisecond, "height %d not reached", h)
	return have
}

// query asks one of the chain's gRPC queries by abci_query.
func (c chain) query(path string, req, resp proto.Message) error {
	data, err := proto.Marshal(req)
	if err != nil {
		return err
	}
	res, err := c.ABCIQuery(context.Background(), path, data)
	if err != nil {
		return err
	}
	if !res.Response.IsOK() {
		return fmt.Errorf("query %s: code %d: %s", path, res.Response.Code, res.Response.Log)
	}
	return proto.Unmarshal(res.Response.Value, resp)
}

// freeAddr is a loopback address nobody listens on at the moment.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}
