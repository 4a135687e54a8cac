package conf

import (
	"fmt"
	"os"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/rawbytes"
	"github.com/knadh/koanf/providers/structs"
	"github.com/knadh/koanf/v2"
)

// tag is the struct tag that names a field in YAML and, upper-cased, in the environment.
const tag = "koanf"

// Load returns def overlaid with the YAML file at path (none when path is empty) and with the environment
// variables LODE_<SERVICE>_<FIELD_PATH>. It does not validate: the service's Config.Validate does.
func Load[T any](service string, def T, path string) (T, error) {
	var raw []byte
	if path != "" {
		var err error
		if raw, err = os.ReadFile(path); err != nil {
			return *new(T), fmt.Errorf("read configuration: %w", err)
		}
	}
	return overlay(service, def, path, raw)
}

// overlay is Load with what is in the file.
func overlay[T any](service string, def T, path string, raw []byte) (T, error) {
	var zero T
	k := koanf.New(".")
	if err := k.Load(structs.Provider(def, tag), nil); err != nil {
		return zero, fmt.Errorf("read defaults of %s: %w", service, err)
	}
	known := k.Keys()
	if path != "" {
		if err := k.Load(rawbytes.Provider(raw), yaml.Parser()); err != nil {
			return zero, fmt.Errorf("parse configuration %s: %w", path, err)
		}
	}
	if err := k.Load(env.Provider(".", envOptions(service, known)), nil); err != nil {
		return zero, fmt.Errorf("read environment of %s: %w", service, err)
	}
	cfg := def
	if err := k.UnmarshalWithConf("", &cfg, strict(&cfg)); err != nil {
		return zero, fmt.Errorf("configuration of %s: %w", service, err)
	}
	return cfg, nil
}

// strict decodes durations from text, lists from comma-separated text, and refuses keys that no field has.
func strict(into any) koanf.UnmarshalConf {
	return koanf.UnmarshalConf{Tag: tag, DecoderConfig: &mapstructure.DecoderConfig{
		DecodeHook: mapstructure.ComposeDecodeHookFunc(
			mapstructure.StringToTimeDurationHookFunc(),
			mapstructure.StringToSliceHookFunc(","),
		),
		Result:           into,
		ErrorUnused:      true,
		WeaklyTypedInput: true,
		ZeroFields:       true,
		Squash:           true,
		TagName:          tag,
	}}
}

// envOptions maps LODE_HASHER_BUS_URL to bus.url by looking the name up among the known paths, so that a field
// name may itself hold underscores. Names that match no field are ignored: the environment is shared.
func envOptions(service string, known []string) env.Opt {
	prefix := "LODE_" + strings.ToUpper(service) + "_"
	byName := make(map[string]string, len(known))
	for _, path := range known {
		byName[prefix+strings.ToUpper(strings.ReplaceAll(path, ".", "_"))] = path
	}
	return env.Opt{Prefix: prefix, TransformFunc: func(name, value string) (string, any) {
		return byName[name], value
	}}
}
