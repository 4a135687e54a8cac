package compose_test

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"

	"github.com/lodeworks/lode/tools/compose"
)

// folder is where the compose files are, seen from here.
var folder = filepath.Join("..", "..", "deploy", "compose")

// files are the two ways of starting all of it.
var files = map[string][]string{
	"with a registry":    {"compose.yaml"},
	"without a registry": {"compose.yaml", "compose.local.yaml"},
}

// load reads files as Compose 2 does.
func load(t *testing.T, names []string) *types.Project {
	t.Helper()
	var paths []string
	for _, name := range names {
		paths = append(paths, filepath.Join(folder, name))
	}
	options, err := cli.NewProjectOptions(paths, cli.WithName("lode"), cli.WithEnv([]string{"LODE_TAG=1.2.3"}))
	require.NoError(t, err)
	project, err := options.LoadProject(t.Context())
	require.NoError(t, err)
	return project
}

func TestFilesAreValid(t *testing.T) {
	for way, names := range files {
		t.Run(way, func(t *testing.T) {
			project := load(t, names)
			for _, name := range compose.Services {
				if name != "signer" { // optional, and beside the services that it signs for
					require.True(t, slices.ContainsFunc(project.ServiceNames(), func(s string) bool { return s == name || strings.HasPrefix(s, name+"-") }), name)
				}
			}
			for name, s := range project.Services {
				if name == "clickhouse" || name == "grafana" || name == "volumes" { // their images see to it
					continue
				}
				require.True(t, s.ReadOnly, "%s: the root is read-only", name)
				require.Equal(t, []string{"ALL"}, s.CapDrop, name)
				require.Contains(t, s.SecurityOpt, "no-new-privileges:true", name)
				require.True(t, strings.HasPrefix(s.User, "65532") || strings.HasPrefix(name, "model"), "%s runs as %q", name, s.User)
			}
		})
	}
}

// TestOldCompose asks the program that Debian has.
func TestOldCompose(t *testing.T) {
	if _, err := exec.LookPath("docker-compose"); err != nil {
		t.Skip("docker-compose is not installed")
	}
	for way, names := range files {
		args := []string{"config", "--quiet"}
		for i := len(names) - 1; i >= 0; i-- {
			args = append([]string{"--file", filepath.Join(folder, names[i])}, args...)
		}
		out, err := exec.CommandContext(t.Context(), "docker-compose", args...).CombinedOutput()
		require.NoError(t, err, "%s: %s", way, out)
	}
}
