package main

import (
	"github.com/spf13/cobra"

	"github.com/splitgauge/splitgauge/internal/config"
)

func newProxyCommand(t terminal) *cobra.Command {
	o := runOptions{proxiesAlone: true}
	command := &cobra.Command{
		Use:   "proxy [-c FILE]",
		Short: "Run the TCP proxies of the configuration alone, check them, explain them",
		Long: `Proxy runs the TCP proxies of the configuration (proxies:) alone: no logs are read
and no state is kept. Metrics and the operator's listener are as configured. In
"splitgauge run" the same proxies balance by what the logs say as well.

SIGHUP reads the configuration again and drops no connection. SIGUSR1 opens the
access log anew. SIGUSR2 starts the program, which may be another version by now,
and hands the listeners over to it. SIGTERM and SIGINT stop once connections have
drained, for at most drain_time; a second one kills.

Exit codes: 0 stopped by a signal; 1 failed; 2 wrong usage or configuration.`,
		Example: `  splitgauge proxy -c splitgauge.yaml
  splitgauge proxy check -c splitgauge.yaml
  splitgauge proxy explain -c splitgauge.yaml --pool app 192.0.2.7
  splitgauge proxy snippet -c splitgauge.yaml --pool app`,
		Args:                  noArguments,
		DisableFlagsInUseLine: true,
		RunE:                  func(command *cobra.Command, _ []string) error { return runRun(command.Context(), t, o) },
	}
	addConfigFlag(command, &o.config)
	o.addListenFlags(command)
	command.AddCommand(newProxyCheckCommand(t), newProxyExplainCommand(t), newProxySnippetCommand(t))
	return command
}

// addConfigFlag adds -c for a verb that needs a configuration.
func addConfigFlag(command *cobra.Command, file *string) {
	command.Flags().StringVarP(file, "config", "c", config.HostFile, "the configuration, a YAML `file`")
}
