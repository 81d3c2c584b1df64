package main

import (
	"io"

	"github.com/spf13/cobra"
)

// terminal is where a command reads from and writes to.
type terminal struct {
	in       io.Reader
	out, err io.Writer
}

func newRootCommand(t terminal) *cobra.Command {
	root := &cobra.Command{
		Use:   "splitgauge",
		Short: "What nginx's access logs say about A/B variants and upstream servers",
		Long: `splitgauge reads nginx's access logs and tells per A/B variant (split_clients)
and per upstream server what nginx itself does not: traffic, errors, latency; of
archives at once (replay), or live, to Prometheus (run); and whether a difference
between variants is real (compare).

Exit codes: 0 done; 1 failed; 2 wrong usage or configuration; 3 done, but part
of the input could not be read or parsed; of compare, 4 a variant is worse,
5 no answer.`,
		SilenceErrors: true,
		SilenceUsage:  true,

		DisableFlagsInUseLine: true,

		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	root.SetIn(t.in)
	root.SetOut(t.out)
	root.SetErr(t.err)
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError(err) })
	root.AddCommand(newRunCommand(t), newConfigCommand(t), newReplayCommand(t), newCompareCommand(t), newCheckCommand(t), newSplitCommand(t), newProxyCommand(t), newDemoCommand(t), newVersionCommand(t))
	return root
}

// noArguments is cobra.NoArgs as an error of usage. Of the root command an
// argument is a verb that there is not.
func noArguments(command *cobra.Command, arguments []string) error {
	if err := cobra.NoArgs(command, arguments); err != nil {
		return usageError(err)
	}
	return nil
}
