package localnet

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	cmtcfg "github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"
	sdkserver "github.com/cosmos/cosmos-sdk/server/config"
)

// ErrOtherNet is returned when the home already holds a network with another
// genesis: it was made from another Config or by another version.
var ErrOtherNet = errors.New("home holds another network")

// WriteHome writes everything a node needs to start n into home, creating it.
//
//   - config/genesis.json, config/node_key.json, config/priv_validator_key.json
//     and data/priv_validator_state.json are written once and then kept, with
//     the chain's state; a home with a different genesis is ErrOtherNet.
//   - config/config.toml and config/app.toml are rewritten from c every time.
//   - keys/*.hex are rewritten (see WriteKeys).
//
// base is every module's default genesis, from package node. Calling it again
// after an interruption completes the home.
func WriteHome(home string, n Net, c NodeConfig, base map[string]json.RawMessage) error {
	if err := c.Validate(); err != nil {
		return fmt.Errorf("write node home: %w", err)
	}
	for _, dir := range []string{"config", "data"} {
		if err := os.MkdirAll(filepath.Join(home, dir), 0o700); err != nil {
			return fmt.Errorf("write node home: %w", err)
		}
	}
	if err := writeGenesis(filepath.Join(home, "config", "genesis.json"), n, base); err != nil {
		return err
	}
	cfg := c.comet(home)
	if err := writeNodeKeys(cfg); err != nil {
		return err
	}
	cmtcfg.WriteConfigFile(filepath.Join(home, "config", "config.toml"), cfg)
	if err := writeApp(filepath.Join(home, "config", "app.toml"), c); err != nil {
		return err
	}
	return WriteKeys(filepath.Join(home, "keys"), n)
}

// OrderedOnlyKey is the key of app.toml for NodeConfig.OrderedOnly.
const OrderedOnlyKey = "ordered-only"

// writeApp writes app.toml, with a key of our own before its tables.
func writeApp(path string, c NodeConfig) error {
	sdkserver.WriteConfigFile(path, c.app())
	if !c.OrderedOnly {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read app.toml: %w", err)
	}
	return writeFile(path, append([]byte(OrderedOnlyKey+" = true\n"), text...))
}

// writeGenesis keeps a genesis that says the same and refuses one that does not.
func writeGenesis(path string, n Net, base map[string]json.RawMessage) error {
	doc, err := Genesis(n, base)
	if err != nil {
		return err
	}
	want, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return fmt.Errorf("encode genesis: %w", err)
	}
	have, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return writeFile(path, want)
	}
	if err != nil {
		return fmt.Errorf("read genesis: %w", err)
	}
	if string(have) != string(want) {
		return fmt.Errorf("%w: %s differs from the network asked for; use another home, or remove this one", ErrOtherNet, path)
	}
	return nil
}

// writeNodeKeys never touches a state file that exists: it remembers what the
// validator has signed.
func writeNodeKeys(cfg *cmtcfg.Config) error {
	if absent(cfg.NodeKeyFile()) {
		if err := (&p2p.NodeKey{PrivKey: nodeKey()}).SaveAs(cfg.NodeKeyFile()); err != nil {
			return fmt.Errorf("write node key: %w", err)
		}
	}
	pv := privval.NewFilePV(consensusKey(), cfg.PrivValidatorKeyFile(), cfg.PrivValidatorStateFile())
	if absent(cfg.PrivValidatorKeyFile()) {
		pv.Key.Save()
	}
	if absent(cfg.PrivValidatorStateFile()) {
		pv.LastSignState.Save()
	}
	return nil
}

func absent(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}

// writeFile replaces the file in one step, readable by its owner alone.
func writeFile(path string, content []byte) error {
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, content, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	if err := os.Rename(tmp, path); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return nil
}
