package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/splitgauge/splitgauge/internal/config"
)

func newConfigCommand(t terminal) *cobra.Command {
	command := &cobra.Command{
		Use:   "config",
		Short: "Print, describe and check the configuration of the agent",
		Long: `Config prints the configuration that "splitgauge run" has without a file, describes
its keys to editors, and checks a file.`,
		Example: `  splitgauge config print-default > splitgauge.yaml
  splitgauge config schema > splitgauge.schema.json
  splitgauge config check -c splitgauge.yaml`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(
		&cobra.Command{
			Use:     "print-default",
			Short:   "Print a configuration with every key, explained",
			Example: "  splitgauge config print-default > splitgauge.yaml",
			Args:    noArguments,
			RunE:    func(*cobra.Command, []string) error { return config.PrintDefault(t.out) },
		},
		&cobra.Command{
			Use:     "schema",
			Short:   "Print a JSON schema of the configuration, for editors",
			Example: "  splitgauge config schema > splitgauge.schema.json",
			Args:    noArguments,
			RunE:    func(*cobra.Command, []string) error { return config.WriteSchema(t.out) },
		},
		newConfigCheckCommand(t),
	)
	return command
}

func newConfigCheckCommand(t terminal) *cobra.Command {
	var file string
	command := &cobra.Command{
		Use:   "check -c FILE",
		Short: "Check a configuration and tell everything that is wrong with it",
		Long: `Check reads a configuration and tells everything that is wrong with it at once,
each with its line and column and what would be right.

Exit codes: 0 it is right; 1 it could not be read; 2 something is wrong with it.`,
		Example: "  splitgauge config check -c splitgauge.yaml",
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			if _, err := config.Load(file); err != nil {
				return configError(err)
			}
			_, err := fmt.Fprintf(t.out, "%s is right\n", file)
			return err
		},
	}
	command.Flags().StringVarP(&file, "config", "c", config.HostFile, "the `file`")
	return command
}

// configError is a wrong configuration, which is wrong usage, or why there is none
// to read.
func configError(err error) error {
	if problems := (config.Problems)(nil); errors.As(err, &problems) {
		return usageError(err)
	}
	return err
}
