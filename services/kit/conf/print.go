package conf

import (
	"fmt"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/structs"
	"github.com/knadh/koanf/v2"
)

// YAML returns the complete configuration in the form that Load reads.
func YAML(cfg any) ([]byte, error) {
	k := koanf.New(".")
	if err := k.Load(structs.Provider(cfg, tag), nil); err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return k.Marshal(yaml.Parser())
}
