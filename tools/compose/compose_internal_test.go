package compose

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPrebuilt: without a registry the Dockerfile has its programs from images, and all else as it is.
func TestPrebuilt(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "deploy", "docker", "Dockerfile"))
	require.NoError(t, err)
	got, err := withPrograms(string(raw))
	require.NoError(t, err)
	stages, sources := map[string]string{}, 0
	for line := range strings.Lines(got) {
		if f := strings.Fields(line); len(f) == 4 && f[0] == "FROM" {
			stages[f[3]] = f[1]
			sources++
		}
	}
	require.Equal(t, programsImage, stages["programs"])
	require.Equal(t, engineImage, stages["chdb"])
	require.Equal(t, "scratch", stages["base"])
	for _, target := range targets {
		require.Contains(t, stages, target)
	}
	require.Len(t, stages, len(targets)+3)
	require.Equal(t, sources, len(stages), "each stage has a name of its own")
	require.NotContains(t, got, "RUN ", "nothing is run in an image")
	_, tail, _ := strings.Cut(string(raw), "\nFROM scratch AS base\n")
	require.True(t, strings.HasSuffix(got, tail))
	for _, wrong := range []string{"", "FROM x AS y\n", "\nFROM scratch AS base\n\nFROM x AS y\n"} {
		if _, err := withPrograms(wrong); wrong == "" || !strings.Contains(wrong, "base") {
			require.ErrorIs(t, err, errDockerfile, wrong)
		}
	}
}

func TestMirror(t *testing.T) {
	require.Equal(t, "http://a/debian", mirrorIn("Types: deb\n# http://no/debian\nURIs: http://a/debian\nSuites: bookworm\n"))
	require.Equal(t, "https://b/debian", mirrorIn("# comment\ndeb [signed-by=/x] https://b/debian bookworm main\n"))
	require.Empty(t, mirrorIn("deb-src http://a/debian bookworm main\n"))
	require.Empty(t, mirrorIn(""))
}

func TestContainers(t *testing.T) {
	got, err := containers([]byte(`[
		{"Id":"1","Image":"sha256:a","State":{"Running":true,"Pid":7,"Health":{"Status":"healthy"}},"Config":{"Labels":{"com.docker.compose.service":"hasher-1"}},
		 "NetworkSettings":{"Networks":{"lode_default":{"IPAddress":"172.18.0.2"},"other":{"IPAddress":"10.0.0.1"}}}},
		{"Id":"2","Image":"sha256:b","State":{"Running":false,"ExitCode":3},"Config":{"Labels":{"com.docker.compose.service":"topology"}},"NetworkSettings":{"Networks":{}}}
	]`), "lode_default")
	require.NoError(t, err)
	require.Equal(t, map[string]Container{
		"hasher-1": {ID: "1", Service: "hasher-1", Running: true, PID: 7, Address: "172.18.0.2", Image: "sha256:a", Health: "healthy"},
		"topology": {ID: "2", Service: "topology", Exit: 3, Image: "sha256:b"},
	}, got)
	_, err = containers([]byte("no JSON"), "x")
	require.Error(t, err)
}
