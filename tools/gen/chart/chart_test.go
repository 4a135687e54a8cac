package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../../.."

// TestGenerated: the committed files are what the schemas and rules of now give.
func TestGenerated(t *testing.T) {
	out := t.TempDir()
	require.NoError(t, run(root, out))
	made := filepath.Join(out, "deploy", "helm", "lode")
	committed := filepath.Join(root, "deploy", "helm", "lode")
	require.Equal(t, tree(t, filepath.Join(made, "files")), tree(t, filepath.Join(committed, "files")), "run make gen")
	want, err := os.ReadFile(filepath.Join(made, "values.schema.json"))
	require.NoError(t, err)
	have, err := os.ReadFile(filepath.Join(committed, "values.schema.json"))
	require.NoError(t, err)
	require.Equal(t, string(want), string(have), "run make gen")
}

// tree is the text of every file below top.
func tree(t *testing.T, top string) map[string]string {
	texts := map[string]string{}
	require.NoError(t, filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		name, _ := filepath.Rel(top, path)
		texts[name] = string(raw)
		return err
	}))
	require.NotEmpty(t, texts)
	return texts
}

// TestOurs: what the chart sets is no value, and nothing else is missing.
func TestOurs(t *testing.T) {
	configs, err := readConfigs(root)
	require.NoError(t, err)
	raw, err := valuesSchema(configs)
	require.NoError(t, err)
	var values struct{ Definitions map[string]schema }
	require.NoError(t, json.Unmarshal(raw, &values))
	for service, config := range configs {
		all, left := paths("", config), paths("", values.Definitions["config."+service])
		for path := range all {
			if taken(service, path) {
				require.NotContains(t, left, path, service)
			} else {
				require.Contains(t, left, path, service)
			}
		}
	}
}

// paths are the keys of a configuration, sections included.
func paths(prefix string, s schema) map[string]bool {
	all := map[string]bool{}
	for key, inner := range properties(s) {
		all[prefix+key] = true
		for path := range paths(prefix+key+".", inner.(schema)) {
			all[path] = true
		}
	}
	return all
}

// taken tells whether the chart sets a key, or a section that it is in.
func taken(service, path string) bool {
	for _, list := range [][]string{ours[""], ours[service]} {
		for _, key := range list {
			if path == key || len(path) > len(key) && path[:len(key)+1] == key+"." {
				return true
			}
		}
	}
	return false
}

// TestUnknownKey: a key that the chart sets and a service has no more is an error here, not a value that counts for nothing.
func TestUnknownKey(t *testing.T) {
	configs, err := readConfigs(root)
	require.NoError(t, err)
	require.True(t, without(configs["relayer"], "spool.dir"))
	_, err = valuesSchema(configs)
	require.ErrorContains(t, err, "spool.dir")
	_, err = readConfigs(t.TempDir())
	require.Error(t, err)
}
