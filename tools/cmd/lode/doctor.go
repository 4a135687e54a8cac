package main

import (
	"encoding/json"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"github.com/lodeworks/lode/tools/doctor"
)

// doctorCommand checks a deployment.
func doctorCommand() *cobra.Command {
	dir, asJSON := os.Getenv("LODE_SECRETS"), false
	var folder string
	c := &cobra.Command{
		Use: "doctor [--config DIR] [FILE…]", Short: "Check a deployment from its services' configuration files; exit 1 when something must be done",
		RunE: func(c *cobra.Command, files []string) error {
			if folder != "" {
				more, err := doctor.Files(folder)
				if err != nil {
					return err
				}
				files = append(files, more...)
			}
			if len(files) == 0 {
				return errors.New("which configuration files? Name them, or their folder by --config")
			}
			found := doctor.Look(c.Context(), files, dir)
			if err := printFindings(c, found, asJSON); err != nil {
				return err
			}
			if doctor.Failed(found) {
				return errors.New("something must be done")
			}
			return nil
		},
	}
	c.Flags().StringVar(&folder, "config", folder, "folder with SERVICE.yaml of each service, or SERVICE-….yaml")
	c.Flags().StringVar(&dir, "secrets", dir, "folder with operator.nk and ca.pem of `lode secrets make` (LODE_SECRETS)")
	c.Flags().BoolVar(&asJSON, "json", asJSON, "one JSON list")
	return c
}

func printFindings(c *cobra.Command, found []doctor.Finding, asJSON bool) error {
	if !asJSON {
		return doctor.Print(c.OutOrStdout(), found)
	}
	e := json.NewEncoder(c.OutOrStdout())
	e.SetIndent("", "  ")
	return e.Encode(found)
}
