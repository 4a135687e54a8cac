package node

import (
	"fmt"
	"path/filepath"

	cmtcfg "github.com/cometbft/cometbft/config"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/spf13/viper"
)

// load reads config.toml and app.toml of home; the viper is what the
// application asks for its options.
func load(home string) (*cmtcfg.Config, *viper.Viper, error) {
	v := viper.New()
	v.SetConfigType("toml")
	for _, name := range []string{"config.toml", "app.toml"} {
		v.SetConfigFile(filepath.Join(home, "config", name))
		if err := v.MergeInConfig(); err != nil {
			return nil, nil, fmt.Errorf("read %s (was the home initialised?): %w", name, err)
		}
	}
	v.Set(flags.FlagHome, home)
	cfg := cmtcfg.DefaultConfig()
	if err := v.Unmarshal(cfg); err != nil {
		return nil, nil, fmt.Errorf("read config.toml: %w", err)
	}
	cfg.SetRoot(home)
	if err := cfg.ValidateBasic(); err != nil {
		return nil, nil, fmt.Errorf("check config.toml: %w", err)
	}
	return cfg, v, nil
}
