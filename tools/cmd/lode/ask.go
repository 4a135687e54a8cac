package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lodeworks/lode/tools/analyticsapi"
	"github.com/lodeworks/lode/tools/stack"
)

// ask prints the answer of the analytics API to one question.
func ask() *cobra.Command {
	base, tokenFile, output := stack.Default("").AnalyticsURL(), "", ""
	c := &cobra.Command{
		Use: "ask QUESTION [NAME=VALUE...]", Short: "Ask the analytics API, as in: lode ask earnings group_by=day,service from=2026-05-01 format=csv",
		Long: "Ask the analytics API. QUESTION is a path behind /v1/, see /openapi.json of the service. Rows are printed one a line as JSON, unless format is given.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) (err error) {
			query, err := parameters(args[1:])
			if err != nil {
				return err
			}
			client := analyticsapi.New(base)
			if client.Token, err = tokenIn(tokenFile); err != nil {
				return err
			}
			out := c.OutOrStdout()
			if output != "" {
				file, err := os.Create(output)
				if err != nil {
					return err
				}
				defer func() { err = closed(file, err) }()
				out = file
			}
			path := "/v1/" + strings.Trim(args[0], "/")
			if query.Has("format") {
				answer, err := client.Open(c.Context(), path, query)
				if err != nil {
					return err
				}
				defer answer.Close()
				_, err = io.Copy(out, answer)
				return err
			}
			return client.Rows(c.Context(), path, query, func(row json.RawMessage) error {
				_, err := fmt.Fprintf(out, "%s\n", row)
				return err
			})
		},
	}
	c.Flags().StringVar(&base, "analytics", base, "base URL of the analytics service")
	c.Flags().StringVar(&tokenFile, "token-file", "", "file with the token, where one is needed")
	c.Flags().StringVarP(&output, "output", "o", "", "write to this file")
	return c
}

// closed is err, or else what closing says.
func closed(c io.Closer, err error) error {
	if closing := c.Close(); err == nil {
		return closing
	}
	return err
}

// parameters reads NAME=VALUE; a name can be there several times.
func parameters(args []string) (url.Values, error) {
	query := url.Values{}
	for _, arg := range args {
		name, value, is := strings.Cut(arg, "=")
		if !is || name == "" {
			return nil, fmt.Errorf("%q is not NAME=VALUE", arg)
		}
		query.Add(name, value)
	}
	return query, nil
}

func tokenIn(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read token: %w", err)
	}
	return strings.TrimSpace(string(raw)), nil
}
