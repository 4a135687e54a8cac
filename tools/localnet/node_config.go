package localnet

import (
	"errors"
	"fmt"
	"net"
	"time"

	cmtcfg "github.com/cometbft/cometbft/config"
	sdkserver "github.com/cosmos/cosmos-sdk/server/config"
	sdk "github.com/cosmos/cosmos-sdk/types"
)

// NodeConfig is what one node decides for itself: but for OrderedOnly nothing
// in it changes the chain, so it may differ from one start to the next.
type NodeConfig struct {
	// BlockTime is the wait between blocks, 50 ms..10 min. A block takes this
	// plus the time to execute it (a few milliseconds when empty).
	BlockTime time.Duration
	// RPCAddr is host:port of the CometBFT RPC (HTTP, JSON-RPC and WebSocket).
	RPCAddr string
	// P2PAddr is host:port for peers, of which there are none; port 0 takes any.
	P2PAddr string
	// MinGasPrice is the lowest fee per unit of gas accepted, as "0.000001upokt".
	MinGasPrice string
	// OrderedOnly makes the chain one that takes no unordered transactions, as
	// the application would without its option for them: the same for all nodes.
	OrderedOnly bool
}

// DefaultNode is a block a second on loopback.
func DefaultNode() NodeConfig {
	return NodeConfig{
		BlockTime:   time.Second,
		RPCAddr:     "127.0.0.1:26657",
		P2PAddr:     "127.0.0.1:0",
		MinGasPrice: "0.000001" + Denom,
	}
}

// Validate reports every fault at once, joined.
func (c NodeConfig) Validate() error {
	var faults []error
	if c.BlockTime < 50*time.Millisecond || c.BlockTime > 10*time.Minute {
		faults = append(faults, fmt.Errorf("block time: %s is not in 50ms..10m", c.BlockTime))
	}
	for name, addr := range map[string]string{"rpc address": c.RPCAddr, "p2p address": c.P2PAddr} {
		if _, _, err := net.SplitHostPort(addr); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", name, err))
		}
	}
	if _, err := sdk.ParseDecCoins(c.MinGasPrice); err != nil || c.MinGasPrice == "" {
		faults = append(faults, fmt.Errorf("min gas price: %q is not an amount such as 0.000001%s", c.MinGasPrice, Denom))
	}
	return errors.Join(faults...)
}

const (
	// rpcMaxBody bounds one RPC request: a transaction of maxTxBytes in base64.
	rpcMaxBody = 8 << 20
	// maxTxBytes bounds one transaction: about a thousand claims or proofs.
	maxTxBytes = 4 << 20
)

// comet is the CometBFT configuration (config.toml) of a node in home.
func (c NodeConfig) comet(home string) *cmtcfg.Config {
	cfg := cmtcfg.DefaultConfig().SetRoot(home)
	cfg.Moniker = "localnet"
	cfg.Consensus.TimeoutCommit = c.BlockTime
	cfg.Consensus.CreateEmptyBlocks = true
	cfg.RPC.ListenAddress = "tcp://" + c.RPCAddr
	cfg.RPC.MaxBodyBytes = rpcMaxBody
	cfg.RPC.MaxSubscriptionClients = 1000
	cfg.RPC.MaxSubscriptionsPerClient = 50
	cfg.RPC.SubscriptionBufferSize = 2000
	cfg.RPC.WebSocketWriteBufferSize = 2000
	cfg.P2P.ListenAddress = "tcp://" + c.P2PAddr
	cfg.P2P.PexReactor = false
	cfg.P2P.AddrBookStrict = false
	cfg.Mempool.Size = 20_000
	cfg.Mempool.MaxTxBytes = maxTxBytes
	cfg.TxIndex.Indexer = "kv"
	cfg.Storage.DiscardABCIResponses = false
	return cfg
}

// app is the application's configuration (app.toml): every state is kept, every
// event indexed, and no server but CometBFT's is opened.
func (c NodeConfig) app() *sdkserver.Config {
	cfg := sdkserver.DefaultConfig()
	cfg.MinGasPrices = c.MinGasPrice
	cfg.Pruning = "nothing"
	cfg.GRPC.Enable = false
	cfg.GRPCWeb.Enable = false
	cfg.Mempool.MaxTxs = 100_000
	return cfg
}
