package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/lodeworks/lode/tools/compose"
	"github.com/lodeworks/lode/tools/localnet"
)

// local is the project of make compose-up.
func local() (compose.Images, compose.Project, error) {
	root, work, err := here()
	images := compose.Images{Root: root, Work: work}
	return images, compose.Project{Name: "lode", Root: root, Dir: filepath.Join(work, "up"), Tag: "latest", Profile: localnet.ProfileDemo, BlockTime: time.Second}, err
}

// engineFolder is where an engine of ours keeps its state.
func engineFolder(work string) string { return filepath.Join(work, "engine") }

func up() *cobra.Command {
	return &cobra.Command{
		Use: "up", Short: "Build every image and start all of it", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			images, project, err := local()
			if err != nil {
				return err
			}
			images.Out = c.OutOrStdout()
			if _, err := compose.StartEngine(c.Context(), engineFolder(images.Work)); err != nil {
				return err
			}
			if err := images.Build(c.Context(), project.Tag); err != nil {
				return err
			}
			if err := project.Up(c.Context()); err != nil {
				return err
			}
			fmt.Fprint(c.OutOrStdout(), doors)
			return nil
		},
	}
}

// doors are what compose.yaml publishes.
const doors = `
  applications   http://127.0.0.1:8080/v1          OpenAI-compatible; model "demo-ngram"
  analytics      http://127.0.0.1:8070/            the page; token in .lode/compose/up/secrets/analytics.token
  relayers       http://127.0.0.1:8545
  prometheus     http://127.0.0.1:9090

  make compose-down stops it; make compose-up goes on from what is there
`

func down() *cobra.Command {
	all := false
	c := &cobra.Command{
		Use: "down", Short: "Stop all of it, and the engine if it is ours", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			images, project, err := local()
			if err != nil {
				return err
			}
			return errors.Join(project.Down(c.Context(), all), compose.StopEngine(c.Context(), engineFolder(images.Work)))
		},
	}
	c.Flags().BoolVar(&all, "all", all, "remove its state, too")
	return c
}
