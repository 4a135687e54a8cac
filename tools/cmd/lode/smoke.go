package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/lodeworks/lode/tools/demo"
	"github.com/lodeworks/lode/tools/stack"
)

// runSmoke runs in a new folder and on free ports; the folder is kept when something failed. The last line is one
// JSON object.
func runSmoke(c *cobra.Command, o stack.Options, s demo.Smoke) error {
	var err error
	if o.Ports, err = stack.FreePorts(); err != nil {
		return err
	}
	temporary := o.Dir == ""
	if temporary {
		if o.Dir, err = os.MkdirTemp("", "lode-smoke-"); err != nil {
			return fmt.Errorf("make a folder: %w", err)
		}
	}
	s.Stack, s.Out, s.Log = o, c.OutOrStdout(), logger()
	result, err := s.Run(c.Context())
	line, jerr := json.Marshal(result)
	if jerr != nil {
		return jerr
	}
	fmt.Fprintln(c.OutOrStdout(), string(line))
	if err != nil {
		return fmt.Errorf("%w (state and logs are kept in %s)", err, o.Dir)
	}
	if temporary {
		return os.RemoveAll(o.Dir)
	}
	return nil
}
