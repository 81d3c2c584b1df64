package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

func newProxySnippetCommand(t terminal) *cobra.Command {
	var o poolOptions
	command := &cobra.Command{
		Use:   "snippet [-c FILE] --pool NAME",
		Short: "Print a pool as an upstream block of nginx, with advised weights",
		Long: `Snippet asks the running instance what weights its measurements advise for the
servers of a pool, and prints them as an upstream block for an nginx that balances
by itself. Advised weights change slowly, and nothing is put in place.

Exit codes: 0 done; 1 failed, or no instance is running; 2 wrong usage or
configuration.`,
		Example: `  splitgauge proxy snippet --pool app
  splitgauge proxy snippet -c splitgauge.yaml --pool app > /etc/nginx/conf.d/app.conf`,
		Args:                  noArguments,
		DisableFlagsInUseLine: true,
		RunE:                  func(command *cobra.Command, _ []string) error { return runProxySnippet(command.Context(), t, o) },
	}
	o.addFlags(command)
	return command
}

func runProxySnippet(ctx context.Context, t terminal, o poolOptions) error {
	if _, err := o.load(); err != nil {
		return err
	}
	block, err := operator{o.adminListen}.get(ctx, []string{"proxies", o.pool, "nginx"}, nil)
	if err != nil {
		return fmt.Errorf("cannot tell weights: %w", err)
	}
	_, err = t.out.Write(block)
	return err
}
