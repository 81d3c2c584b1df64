package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/splitgauge/splitgauge/internal/agent"
)

// splitSimulateOptions are the flags of split simulate.
type splitSimulateOptions struct {
	reading      readingOptions
	output       string
	since, until string
	maxUnparsed  string
}

func newSplitSimulateCommand(t terminal) *cobra.Command {
	var o splitSimulateOptions
	command := &cobra.Command{
		Use:   "simulate --split BLOCK [LOG|GLOB|-]...",
		Short: "How a split would divide the clients and requests of real traffic",
		Long: `Simulate reads access logs as replay does and says how a split would divide their
clients and their requests: the share that each variant is to have, and the share
that it would have had. Variants that were logged are of no account. A client is
a $remote_addr. Clients are counted exactly up to 1,000,000, past that estimated.

Exit codes: 0 done; 1 failed, or no input could be read; 2 wrong usage; 3 done,
but an input could not be read whole, or more lines than --max-unparsed allows
could not be parsed.`,
		Example: `  splitgauge split simulate --split 'split_clients "${remote_addr}AAA" $variant { 0.5% .one; * ""; }' /var/log/nginx/access.log*
  zcat old.gz | splitgauge split simulate --split @new.conf -o json -
  splitgauge split simulate --split @new.conf --format '$remote_addr [$time_local] "$request" $status $cookie_uid' access.log`,
		DisableFlagsInUseLine: true,
		RunE: func(command *cobra.Command, files []string) error {
			return runSplitSimulate(command.Context(), t, o, files)
		},
	}
	o.reading.addFlags(command)
	f := command.Flags()
	f.Lookup("split").Usage = "the `split_clients` block, or @FILE that holds it"
	f.Lookup("variant").Hidden = true // what was logged is of no account
	f.StringVarP(&o.output, "output", "o", "text", "text or json")
	f.StringVar(&o.since, "since", "", "only requests from this `time` on, such as 2026-11-25T10:00:00Z or 2026-11-25")
	f.StringVar(&o.until, "until", "", "only requests before this `time`")
	f.StringVar(&o.maxUnparsed, "max-unparsed", "1%", "exit with 3 if more lines than this `share` cannot be parsed")
	return command
}

// config turns the flags into what the agent takes. All its errors are of usage.
func (o splitSimulateOptions) config(t terminal, files []string) (agent.ReplayConfig, error) {
	if err := checkOutput(o.output); err != nil {
		return agent.ReplayConfig{}, err
	}
	split, err := requireSplit(o.reading.split, o.reading.nginxVersion)
	if err != nil {
		return agent.ReplayConfig{}, err
	}
	o.reading.split = "" // it may be the name of a file
	config, err := o.reading.config(t, files)
	if err != nil {
		return config, err
	}
	config.Split = split
	if config.Since, err = parseTime("since", o.since); err != nil {
		return config, err
	}
	config.Until, err = parseTime("until", o.until)
	return config, err
}

func runSplitSimulate(ctx context.Context, t terminal, o splitSimulateOptions, files []string) error {
	config, err := o.config(t, files)
	if err != nil {
		return usageError(err)
	}
	maxUnparsed, err := parseShare(o.maxUnparsed)
	if err != nil {
		return usageError(err)
	}
	bar := newProgressBar(t.err)
	config.Progress = bar.callback()
	simulation, err := untilInterrupted(ctx, func() (*agent.Simulation, error) { return agent.Simulate(ctx, config) })
	bar.clear()
	switch {
	case errors.Is(err, errInterrupted):
		return err
	case simulation == nil:
		return usageError(err)
	case err != nil:
		return listed(agent.ErrNothingRead.Error(), simulation.Report.Failures)
	}
	view := simulationView{simulation, config.Split}
	var out bytes.Buffer
	if o.output == "json" {
		if err := view.writeJSON(&out); err != nil {
			return err
		}
	} else {
		options := textOptions(t.out)
		view.writeText(&out, options.Width, options.Unicode)
	}
	if _, err := t.out.Write(out.Bytes()); err != nil {
		return fmt.Errorf("cannot write the simulation: %w", err)
	}
	if simulation.Requests == 0 && simulation.NotLogged > 0 {
		return &exitError{exitUnparsed, errors.New("no variant could be computed: the log lacks a variable of the split's key")}
	}
	return judge(simulation.Report, maxUnparsed, o.maxUnparsed)
}
