package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	cmtcfg "github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	"github.com/cosmos/gogoproto/proto"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/viper"
	"github.com/stretchr/testify/require"

	kit "github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/services/pocket/keys"
	"github.com/lodeworks/lode/services/pocket/tx"
	"github.com/lodeworks/lode/tools/localnet"
)

// follower turns a validator's home into that of a node that signs nothing and hears blocks of a peer.
func follower(t *testing.T, home, peer string) {
	t.Helper()
	v := viper.New()
	v.SetConfigFile(filepath.Join(home, "config", "config.toml"))
	require.NoError(t, v.ReadInConfig())
	cfg := cmtcfg.DefaultConfig().SetRoot(home)
	require.NoError(t, v.Unmarshal(cfg))
	cfg.P2P.PersistentPeers = peer
	cmtcfg.WriteConfigFile(filepath.Join(home, "config", "config.toml"), cfg)
	require.NoError(t, os.Remove(cfg.NodeKeyFile()))
	_, err := p2p.LoadOrGenNodeKey(cfg.NodeKeyFile())
	require.NoError(t, err)
	privval.GenFilePV(cfg.PrivValidatorKeyFile(), cfg.PrivValidatorStateFile()).Save()
}

// twoNodes starts a validator and a follower, and returns the follower, its home, and the addresses of both.
func twoNodes(t *testing.T) (second chain, home, firstRPC, secondRPC string) {
	t.Helper()
	homes, rpc, peer := []string{t.TempDir(), t.TempDir()}, []string{freeAddr(t), freeAddr(t)}, freeAddr(t)
	for i, p2pAddr := range []string{peer, "127.0.0.1:0"} {
		out, err := pocketd(t, "init", "--home", homes[i], "--block-time", "500ms", "--rpc-addr", rpc[i], "--p2p-addr", p2pAddr)
		require.NoError(t, err, out)
	}
	key, err := p2p.LoadNodeKey(filepath.Join(homes[0], "config", "node_key.json"))
	require.NoError(t, err)
	follower(t, homes[1], fmt.Sprintf("%s@%s", key.ID(), peer))
	start(t, homes[0], rpc[0]).waitHeight(t, 2)
	second = start(t, homes[1], rpc[1])
	second.waitHeight(t, 2)
	return second, homes[1], rpc[0], rpc[1]
}

// watching is a client that watches both nodes.
func watching(t *testing.T, rpc ...string) *kit.Client {
	t.Helper()
	cfg := kit.Config{Timeout: 2 * time.Second, WatchEvery: 50 * time.Millisecond, MaxLag: 20, Subscribe: true}
	for _, addr := range rpc {
		cfg.Nodes = append(cfg.Nodes, "http://"+addr)
	}
	client, err := kit.Dial(cfg)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		client.Watch(ctx, slog.New(slog.NewTextHandler(t.Output(), nil)), prometheus.NewRegistry())
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return client
}

// hearing returns a client that knows the node's height from its WebSocket, for it asks once.
func hearing(t *testing.T, rpc string) *kit.Client {
	t.Helper()
	client, err := kit.Dial(kit.Config{Nodes: []string{"http://" + rpc}, Timeout: 2 * time.Second, WatchEvery: time.Hour, Subscribe: true})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		client.Watch(ctx, slog.New(slog.NewTextHandler(t.Output(), nil)), prometheus.NewRegistry())
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return client
}

// A real node says its new blocks by itself, and its answers are what the indexer reads value by value.
func TestNodeIsHeard(t *testing.T) {
	home, rpc := t.TempDir(), freeAddr(t)
	out, err := pocketd(t, "init", "--home", home, "--block-time", "200ms", "--rpc-addr", rpc, "--p2p-addr", "127.0.0.1:0")
	require.NoError(t, err, out)
	start(t, home, rpc).waitHeight(t, 2)
	client := hearing(t, rpc)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for height := int64(0); height < 8; {
		height, err = client.Await(ctx, height)
		require.NoError(t, err)
		require.NoError(t, client.Try(ctx, func(n kit.Node) error {
			block, err := n.Block(ctx, height)
			if err != nil {
				return err
			}
			require.Equal(t, block.BlockID.Hash, block.Block.Header.Hash())
			return n.Results(ctx, height, 1<<20, func(d *json.Decoder) error {
				var results struct {
					Height  string `json:"height"`
					AppHash []byte `json:"app_hash"`
				}
				err := d.Decode(&results)
				require.Equal(t, fmt.Sprint(height), results.Height)
				require.Len(t, results.AppHash, 32)
				return err
			})
		}))
	}
}

// unordered is a signed transfer that needs no sequence.
func unordered(t *testing.T, c chain, from localnet.Account, to string) []byte {
	t.Helper()
	key, err := keys.NewPrivate([32]byte(from.Key.Key))
	require.NoError(t, err)
	status, err := c.Status(t.Context())
	require.NoError(t, err)
	s, err := tx.Sign(tx.Request{
		Messages: []proto.Message{&banktypes.MsgSend{FromAddress: from.Address, ToAddress: to, Amount: upokt(5)}},
		ChainID:  localnet.ChainID, AccountNumber: baseAccount(t, c, from.Address).AccountNumber,
		Fee: upokt(1), GasLimit: 1_000_000, Unordered: true, Timeout: status.SyncInfo.LatestBlockTime.Add(5 * time.Minute),
	}, key)
	require.NoError(t, err)
	return s.Raw
}

// Two nodes of a real chain: what they answer to a transaction that they have already, and where requests go while one
// of them stands still or is gone.
func TestTwoNodes(t *testing.T) {
	second, home, firstRPC, secondRPC := twoNodes(t)
	client := watching(t, secondRPC, firstRPC)
	ill := func(names ...string) {
		t.Helper()
		require.Eventually(t, func() bool {
			faults := client.Faults()
			maps.DeleteFunc(faults, func(_, fault string) bool { return fault == "" })
			return slices.Equal(slices.Sorted(maps.Keys(faults)), names)
		}, patience, 20*time.Millisecond, "ill: %v", names)
	}
	var height int64
	require.Eventually(t, func() (known bool) { height, known = client.QuorumHeight(); return known && height >= 2 }, patience, 20*time.Millisecond)
	ill()

	n, err := localnet.New(localnet.Default())
	require.NoError(t, err)
	sends := func(tx []byte, node string, to kit.Spread) {
		t.Helper()
		answers := client.Send(t.Context(), tx, to)
		require.Len(t, answers, 1, "%v", answers)
		require.Equal(t, kit.Taken, answers[0].Verdict, "%v", answers)
		require.Equal(t, node, answers[0].Node)
	}
	before := balance(t, second, n.Gateway)
	paid := unordered(t, second, n.Source, n.Gateway.Address)
	sends(paid, secondRPC, kit.Spread{})
	sends(paid, secondRPC, kit.Spread{})
	sends(paid, firstRPC, kit.Spread{Tried: []string{secondRPC}})
	require.Eventually(t, func() bool { return balance(t, second, n.Gateway) == before+5 }, patience, 20*time.Millisecond)
	sends(paid, secondRPC, kit.Spread{})

	require.NoError(t, second.cmd.Process.Signal(syscall.SIGSTOP))
	ill(secondRPC)
	late := unordered(t, second.onto(t, firstRPC), n.Source, n.Gateway.Address)
	sends(late, firstRPC, kit.Spread{})
	later, known := client.QuorumHeight()
	require.True(t, known)
	require.GreaterOrEqual(t, later, height, "one of two is enough when the other is gone")
	require.NoError(t, second.cmd.Process.Signal(syscall.SIGCONT))
	ill()

	require.Error(t, second.stop(t, syscall.SIGKILL))
	ill(secondRPC)
	second = start(t, home, secondRPC)
	second.waitHeight(t, later)
	ill()
	sends(paid, secondRPC, kit.Spread{Tried: []string{firstRPC}}) // its mempool remembers nothing now, its state does
	require.Eventually(t, func() bool { return balance(t, second, n.Gateway) == before+10 }, patience, 20*time.Millisecond)
}
