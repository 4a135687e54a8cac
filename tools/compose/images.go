package compose

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Images are what a project runs, made on this machine without any registry.
type Images struct {
	Root string    // of the repository
	Work string    // folder for what is built; kept, for the next time
	Out  io.Writer // progress for people
}

// targets are the images of the Dockerfile, each lode-NAME.
var targets = append([]string{"tools", "nats", "clickhouse"}, Services...)

// Build builds the programs and makes every image of them.
func (i Images) Build(ctx context.Context, tag string) error {
	fmt.Fprintln(i.Out, "building the programs")
	if err := BuildPrograms(ctx, i.Root, i.programs()); err != nil {
		return err
	}
	if err := i.base(ctx); err != nil {
		return err
	}
	for image, folder := range map[string]string{programsImage: i.programs(), engineImage: filepath.Join(i.Root, filepath.Dir(chdbLibrary))} {
		if err := i.folder(ctx, image, folder); err != nil {
			return err
		}
	}
	return i.Tag(ctx, tag)
}

// Tag makes every image anew from the programs that were built last, so that a project has something to be rolled to.
func (i Images) Tag(ctx context.Context, tag string) error {
	text, err := os.ReadFile(filepath.Join(i.Root, "deploy", "docker", "Dockerfile"))
	if err != nil {
		return fmt.Errorf("read Dockerfile: %w", err)
	}
	prebuilt, err := withPrograms(string(text))
	if err != nil {
		return err
	}
	empty := filepath.Join(i.Work, "empty") // all that is copied comes from other images
	if err := os.MkdirAll(empty, 0o755); err != nil {
		return fmt.Errorf("make build context: %w", err)
	}
	if err := os.WriteFile(filepath.Join(empty, "Dockerfile"), []byte(prebuilt), 0o600); err != nil {
		return fmt.Errorf("write Dockerfile: %w", err)
	}
	fmt.Fprintf(i.Out, "making %d images of tag %s\n", len(targets), tag)
	args := []string{"--build-arg", "VERSION=" + tag, "--build-arg", "DEBIAN=" + baseImage}
	if revision, err := (command{dir: i.Root}).run(ctx, "git", "rev-parse", "HEAD"); err == nil { // it may be no checkout
		args = append(args, "--build-arg", "REVISION="+strings.TrimSpace(string(revision)))
	}
	for _, target := range targets {
		if err := build(ctx, empty, append(args, "--target", target, "--tag", "lode-"+target+":"+tag)...); err != nil {
			return err
		}
	}
	_, err = docker(ctx, "image", "prune", "--force", "--filter", "label="+ours) // those that had the tag before
	return err
}

func (i Images) programs() string { return filepath.Join(i.Work, "programs") }

// Images that only others are made of.
const (
	programsImage = "lode-programs:latest"
	engineImage   = "lode-chdb:latest"
	// ours is the label of every image that is made here.
	ours = "org.opencontainers.image.vendor=lodeworks"
	// chdbLibrary is where `make deps` puts the ClickHouse engine.
	chdbLibrary = "tools/chdb/node_modules/@chdb/lib-linux-x64-gnu/libchdb.so"
)

// folder makes an image that holds one folder as /out.
func (i Images) folder(ctx context.Context, image, folder string) error {
	file := filepath.Join(i.Work, "folder.Dockerfile")
	if err := os.WriteFile(file, []byte("FROM scratch\nLABEL "+ours+"\nCOPY . /out\n"), 0o600); err != nil {
		return fmt.Errorf("write Dockerfile: %w", err)
	}
	return build(ctx, folder, "--tag", image, "--file", file)
}

// build makes an image of a folder, by the builder that every engine has.
func build(ctx context.Context, folder string, args ...string) error {
	c := command{env: []string{"DOCKER_BUILDKIT=0"}}
	_, err := c.run(ctx, "docker", append(append([]string{"build", "--quiet"}, args...), folder)...)
	return err
}

// errDockerfile is returned when the Dockerfile's first stages are not where they should be.
var errDockerfile = errors.New("the Dockerfile does not begin its images with FROM scratch AS base")

// withPrograms replaces the stages that build programs by images that hold them.
func withPrograms(dockerfile string) (string, error) {
	const first, base = "\nFROM ", "\nFROM scratch AS base\n"
	from, to := strings.Index(dockerfile, first), strings.Index(dockerfile, base)
	if from < 0 || to < from {
		return "", errDockerfile
	}
	var b bytes.Buffer
	b.WriteString(dockerfile[:from])
	fmt.Fprintf(&b, "\nFROM %s AS programs\n\nFROM %s AS chdb\n", programsImage, engineImage)
	b.WriteString(dockerfile[to:])
	return b.String(), nil
}
