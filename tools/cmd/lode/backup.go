package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lodeworks/lode/services/kit/bus"
	"github.com/lodeworks/lode/services/kit/ch"
	"github.com/lodeworks/lode/tools/backup"
)

// what a backup or a restore is of, and where it is.
type backedUp struct {
	bus    bus.Config
	store  ch.Config
	onlyIn string // bus, clickhouse, or empty for both
}

func (b *backedUp) flags(c *cobra.Command) {
	b.bus, b.store = bus.Default(), ch.Default()
	busFlags(c, &b.bus)
	c.Flags().StringVar(&b.store.DSN, "clickhouse", b.store.DSN, "ClickHouse: http://host:port/database")
	c.Flags().StringVar(&b.store.User, "clickhouse-user", "", "its user")
	c.Flags().StringVar(&b.store.PasswordFile, "clickhouse-password-file", "", "file with the user's password")
	c.Flags().StringVar(&b.onlyIn, "only", "", "bus or clickhouse alone")
}

func (b *backedUp) validate() error {
	if b.onlyIn != "" && b.onlyIn != "bus" && b.onlyIn != "clickhouse" {
		return fmt.Errorf("--only: %q is neither bus nor clickhouse", b.onlyIn)
	}
	return b.store.Validate()
}

// backUp copies streams, buckets and tables into a folder.
func backUp() *cobra.Command {
	var of backedUp
	c := &cobra.Command{
		Use: "backup DIR", Short: "Copy the bus's streams and buckets and ClickHouse's tables into a new folder; services may run", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := of.validate(); err != nil {
				return err
			}
			said := func(name string, bytes int64) { fmt.Fprintf(c.OutOrStdout(), "%12d bytes  %s\n", bytes, name) }
			if of.onlyIn != "clickhouse" {
				if err := withBus(c.Context(), of.bus, func(b *bus.Bus) error { return backup.Bus(c.Context(), b, args[0], said) }); err != nil {
					return err
				}
			}
			if of.onlyIn == "bus" {
				return nil
			}
			return backup.ClickHouse(c.Context(), of.store, args[0], said)
		},
	}
	of.flags(c)
	return c
}

// restore brings a backup into a bus without streams and a database without rows.
func restore() *cobra.Command {
	var of backedUp
	c := &cobra.Command{
		Use: "restore DIR", Short: "Bring a backup into a bus without streams and a database without rows; no service may run", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := of.validate(); err != nil {
				return err
			}
			said := func(name string) { fmt.Fprintln(c.OutOrStdout(), "restored", name) }
			if of.onlyIn != "bus" {
				if err := backup.RestoreClickHouse(c.Context(), of.store, args[0], said); err != nil {
					return err
				}
			}
			if of.onlyIn == "clickhouse" {
				return nil
			}
			return withBus(c.Context(), of.bus, func(b *bus.Bus) error { return backup.RestoreBus(c.Context(), b, args[0], said) })
		},
	}
	of.flags(c)
	return c
}
