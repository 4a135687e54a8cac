package relayer

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/cert"
	"github.com/lodeworks/lode/services/kit/chain"
	"github.com/lodeworks/lode/services/kit/run"
	"github.com/lodeworks/lode/services/relayer/exposure"
	"github.com/lodeworks/lode/services/relayer/simulated"
	"github.com/lodeworks/lode/services/relayer/spool"
	"github.com/lodeworks/lode/services/relayer/upstream"
	"github.com/lodeworks/lode/services/signing"
)

// Config is what an operator sets. Every field has a working default except Keys and Services.
type Config struct {
	Observability run.Config   `koanf:"observe"`
	Bus           bus.Config   `koanf:"bus"`
	Chain         chain.Config `koanf:"chain"`

	Listen        string         `koanf:"listen"`         // host:port of the relay endpoint
	Keys          signing.Config `koanf:"keys"`           // supplier operator keys
	MaxBody       int64          `koanf:"max_body"`       // bytes of a request body, and of a backend's answer
	ErrorEncoding string         `koanf:"error_encoding"` // json: real status and {"error":…}; relay: status 200 and a RelayResponse with relay_miner_error
	Partitions    uint32         `koanf:"partitions"`     // of the relay log; the same in all relayers and hashers
	MaxUnlogged   int            `koanf:"max_unlogged"`   // relays that wait for the log before new work is refused
	LogTimeout    time.Duration  `koanf:"log_timeout"`    // how long a reply waits for the log before it becomes an error
	Ack           string         `koanf:"ack"`            // before_reply: a reply is finished when its relay is in the log or in the spool; with_reply: while it is on its way there, see services/docs/flow.md for what can be lost
	Spool         spool.Config   `koanf:"spool"`          // files for relays while the bus is away
	RingTables    int            `koanf:"ring_tables"`    // points of rings in frequent use that get a table of 256 KiB; a gateway's key needs 3, an application's 2
	RefusalsEvery time.Duration  `koanf:"refusals_every"` // how often is reported what was refused, counted; a relayer that is killed loses the counts since
	StaleAfter    time.Duration  `koanf:"stale_after"`    // without a new block for so long the relayer is not ready
	Region        string         `koanf:"region"`         // where this relayer is, in your words, by which analytics groups relays; at most 64 bytes, empty: none
	Overservice   bool           `koanf:"overservice"`    // true: serve beyond what the application's stake covers; the chain pays of it what its own cap leaves

	Meter     exposure.Config `koanf:"meter"` // of applications' budgets, which all relayers of a supplier share
	Limits    Limits          `koanf:"limits"`
	Websocket Websocket       `koanf:"websocket"`

	TLS          cert.Config   `koanf:"tls"`           // of the relay endpoint; a renewed certificate is taken up without a restart
	DrainTimeout time.Duration `koanf:"drain_timeout"` // for relays under way when the process is asked to end

	Simulated simulated.Config `koanf:"simulated"` // relays that only try the way out, by identities pinned here

	Services map[string]Service `koanf:"services"` // by service id
}

// Service says where a service's relays are answered.
type Service struct {
	Backend string        `koanf:"backend"`  // base URL of the model server: short for one pool of one backend, for relays of the default RPC type
	Timeout time.Duration `koanf:"timeout"`  // of one backend call in all; 0: the profile's of the pool
	MaxBody int64         `koanf:"max_body"` // bytes of a request body; 0: the relayer's max_body
	// Validation is eager: a relay is verified before the backend works; or optimistic: after the answer left, so that
	// whoever finds the relayer uses the backend, and what fails was served for nothing. Empty: eager.
	Validation string            `koanf:"validation"`
	Headers    map[string]string `koanf:"headers"` // set on each backend request, over the client's
	// BearerFile holds a token for the backend's Authorization header; empty: none.
	BearerFile string `koanf:"bearer_file"`
	// DefaultRPC is the RPC type of relays that name none; empty: that of the only pool, else jsonrpc.
	DefaultRPC string `koanf:"default_rpc"`
	// Pools are backends by RPC type: jsonrpc, rest, cometbft, websocket, grpc; stream is for requests that accept a
	// stream of events. Types without a pool go to that of default_rpc, but websocket and grpc need their own.
	Pools map[string]upstream.GroupConfig `koanf:"pools"`
}

// Default is a relayer on this machine, without keys or services.
func Default() Config {
	return Config{
		Observability: run.Config{Listen: "127.0.0.1:9101", LogLevel: "info"},
		Bus:           bus.Default(),
		Chain:         chain.Default(),
		Listen:        "127.0.0.1:8545",
		Keys:          signing.Default(),
		MaxBody:       10 << 20,
		ErrorEncoding: "json",
		Partitions:    64,
		MaxUnlogged:   20_000,
		LogTimeout:    10 * time.Second,
		Ack:           ackBeforeReply,
		Spool:         spool.Default(),
		RingTables:    512,
		RefusalsEvery: 10 * time.Second,
		StaleAfter:    3 * time.Minute,
		Meter:         exposure.Default(),
		Limits:        defaultLimits(),
		Websocket:     defaultWebsocket(),
		DrainTimeout:  30 * time.Second,
		Simulated:     simulated.Default(),
		Services:      map[string]Service{},
	}
}

// Observe is the shell's part of the configuration.
func (c Config) Observe() run.Config { return c.Observability }

// Validate names every fault at once.
func (c Config) Validate() error {
	errs := []error{c.Observability.Validate(), c.Bus.Validate(), c.Chain.Validate(), c.Keys.Validate(), c.TLS.Validate(), c.Simulated.Validate(), c.Meter.Validate()}
	fault := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	fault(c.MaxBody <= 0, "max_body: must be positive")
	fault(c.ErrorEncoding != "json" && c.ErrorEncoding != "relay", "error_encoding: %q is neither json nor relay", c.ErrorEncoding)
	fault(c.Partitions == 0, "partitions: must be positive")
	fault(len(c.Region) > 64 || strings.ContainsFunc(c.Region, unicode.IsControl), "region: must be at most 64 bytes, none of which is a control character")
	fault(c.MaxUnlogged <= 0, "max_unlogged: must be positive")
	fault(c.Ack != ackBeforeReply && c.Ack != ackWithReply, "ack: %q is neither before_reply nor with_reply", c.Ack)
	errs = append(errs, c.Spool.Validate(max(largestBody(c), c.Websocket.Frame)+groupRoom))
	fault(c.RingTables <= 0, "ring_tables: must be positive")
	fault(c.RefusalsEvery < time.Second, "refusals_every: must be at least 1s")
	fault(c.LogTimeout <= 0, "log_timeout: must be positive")
	fault(c.DrainTimeout <= 0, "drain_timeout: must be positive")
	errs = append(errs, c.Limits.faults()...)
	errs = append(errs, c.Websocket.faults()...)
	fault(len(c.Services) == 0, "services: at least one service is needed")
	for id, s := range c.Services {
		errs = append(errs, s.validate(id))
		fault(s.Validation != "" && s.Validation != eager && s.Validation != optimistic, "services.%s.validation: %q is neither eager nor optimistic", id, s.Validation)
		fault(s.MaxBody < 0, "services.%s.max_body: must not be negative", id)
	}
	return errors.Join(errs...)
}
