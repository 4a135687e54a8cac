package compose

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	// baseImage is Debian with what a registry would have as images of their own.
	baseImage = "lode-debian:bookworm"
	suite     = "bookworm"
	packages  = "ca-certificates,haproxy,prometheus"
)

// sources are where this machine's own packages come from.
var sources = []string{"/etc/apt/sources.list", "/etc/apt/sources.list.d/debian.sources"}

// base makes the image of Debian once: the engine keeps it.
func (i Images) base(ctx context.Context) error {
	if _, err := docker(ctx, "image", "inspect", baseImage); err == nil {
		return nil
	}
	mirror, err := mirror()
	if err != nil {
		return err
	}
	fmt.Fprintln(i.Out, "making the base image by debootstrap; it is kept")
	root := filepath.Join(i.Work, "debian")
	defer os.RemoveAll(root)
	if err := os.RemoveAll(root); err != nil {
		return fmt.Errorf("make the base image: %w", err)
	}
	if _, err := (command{}).run(ctx, "debootstrap", "--variant=minbase", "--include="+packages, suite, root, mirror); err != nil {
		return err
	}
	return importFolder(ctx, root, baseImage)
}

// importFolder makes an image of a folder as it is, with its owners and modes.
func importFolder(ctx context.Context, root, image string) error {
	tar := exec.CommandContext(ctx, "tar", "-C", root, "--exclude=./var/cache/apt/*", "--exclude=./var/lib/apt/lists/*", "-c", ".")
	pipe, err := tar.StdoutPipe()
	if err != nil {
		return fmt.Errorf("pack the base image: %w", err)
	}
	if err := tar.Start(); err != nil {
		return fmt.Errorf("pack the base image: %w", err)
	}
	_, err = command{stdin: pipe}.run(ctx, "docker", "import", "-", image)
	return errors.Join(err, tar.Wait())
}

// errNoMirror is returned when the machine's own sources name no server.
var errNoMirror = errors.New("no Debian mirror in " + strings.Join(sources, ", "))

// mirror is the first server of this machine's packages.
func mirror() (string, error) {
	for _, file := range sources {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		if m := mirrorIn(string(text)); m != "" {
			return m, nil
		}
	}
	return "", errNoMirror
}

// mirrorIn reads both forms of apt's sources.
func mirrorIn(text string) string {
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 2 || f[0] != "URIs:" && f[0] != "deb" {
			continue
		}
		for _, word := range f[1:] {
			if strings.Contains(word, "://") {
				return word
			}
		}
	}
	return ""
}
