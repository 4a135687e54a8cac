package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/services/analytics"
	"github.com/lodeworks/lode/services/gateway"
	"github.com/lodeworks/lode/services/hasher"
	"github.com/lodeworks/lode/services/indexer"
	"github.com/lodeworks/lode/services/kit/conf"
	"github.com/lodeworks/lode/services/relayer"
	"github.com/lodeworks/lode/services/signer"
	"github.com/lodeworks/lode/services/submitter"
)

// examples is where the committed examples are.
var examples = filepath.Join("..", "..", "..", "deploy", "config")

// TestExamples: what we give to operators loads strictly, and is the default to the letter.
func TestExamples(t *testing.T) {
	t.Run("gateway", func(t *testing.T) { loads(t, gateway.Default()) })
	t.Run("relayer", func(t *testing.T) { loads(t, relayer.Default()) })
	t.Run("hasher", func(t *testing.T) { loads(t, hasher.Default()) })
	t.Run("submitter", func(t *testing.T) { loads(t, submitter.Default()) })
	t.Run("indexer", func(t *testing.T) { loads(t, indexer.Default()) })
	t.Run("analytics", func(t *testing.T) { loads(t, analytics.Default()) })
	t.Run("signer", func(t *testing.T) { loads(t, signer.Default()) })
	files, err := filepath.Glob(filepath.Join(examples, "*.yaml"))
	require.NoError(t, err)
	require.Len(t, files, len(defaults()), "an example of no service, or a service without one")
}

// loads reads the example of the service that the test is named after: as it is, and with its samples filled in.
func loads[C any](t *testing.T, def C) {
	service := filepath.Base(t.Name())
	file := filepath.Join(examples, service+".yaml")
	// Every key is in the file, so what is loaded over nothing must be the default.
	var zero C
	got, err := conf.Load(service, zero, file)
	require.NoError(t, err)
	want, err := conf.YAML(def)
	require.NoError(t, err)
	have, err := conf.YAML(got)
	require.NoError(t, err)
	require.Equal(t, strings.ReplaceAll(string(want), "null", "[]"), strings.ReplaceAll(string(have), "null", "[]"))

	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	filled := filepath.Join(t.TempDir(), "filled.yaml")
	require.NoError(t, os.WriteFile(filled, []byte(fillIn(string(raw))), 0o600))
	_, err = conf.Load(service, def, filled)
	require.NoError(t, err, "with the samples that are commented out")
}

// commented matches a line of a sample: its # is followed by two spaces or more.
var commented = regexp.MustCompile(`(?m)^( *)#(  +\S)`)

// fillIn takes the # signs away from samples, inner ones too.
func fillIn(text string) string {
	for commented.MatchString(text) {
		text = commented.ReplaceAllString(text, "$1$2")
	}
	return regexp.MustCompile(`: \{\}\n`).ReplaceAllString(text, ":\n")
}

// TestEveryKeyHasWords: the generator refuses a field without a comment, so a missing one cannot be generated away.
func TestEveryKeyHasWords(t *testing.T) {
	type bare struct {
		Field string `koanf:"field"`
	}
	_, err := fieldsOf(bare{}, newComments(filepath.Join("..", "..", "..")))
	require.ErrorContains(t, err, "has no comment")
}
