package deps
import (
 _ "github.com/pokt-network/poktroll/app"
 _ "github.com/ebitengine/purego"
 _ "github.com/spf13/cobra"
 _ "github.com/cometbft/cometbft/node"
 _ "gopkg.in/yaml.v3"
)
