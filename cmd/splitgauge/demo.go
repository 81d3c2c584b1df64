package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/splitgauge/splitgauge/internal/agent"
	"github.com/splitgauge/splitgauge/internal/loggen"
	"github.com/splitgauge/splitgauge/splitclients"
)

// The experiment of the demo's site, and the variant that turns out to be worse.
const (
	demoSplit = `split_clients "${remote_addr}AAA" $variant { 5% .blue; 5% .green; * ""; }`
	demoWorse = ".green"
)

// demoOptions are the flags of demo.
type demoOptions struct {
	lines int
	seed  uint64
}

func newDemoCommand(t terminal) *cobra.Command {
	var o demoOptions
	command := &cobra.Command{
		Use:   "demo",
		Short: "Replay generated traffic: nothing to install, nothing to configure",
		Long: `Demo generates the access log of a site that tries two new variants on 5 % of its
clients each, over three upstream servers; one of the variants is worse. It writes
the log to a temporary file, and prints what "splitgauge replay" and "splitgauge
compare" say of it.`,
		Example: "  splitgauge demo\n  splitgauge demo --lines 2000000",
		Args:    noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			return runDemo(command.Context(), t, o)
		},
	}
	command.Flags().IntVar(&o.lines, "lines", 200_000, "how many requests to generate")
	command.Flags().Uint64Var(&o.seed, "seed", 1, "of the generator: the same seed gives the same log")
	return command
}

func runDemo(ctx context.Context, t terminal, o demoOptions) error {
	if o.lines <= 0 {
		return usageError(fmt.Errorf("cannot generate %d lines: want a positive number", o.lines))
	}
	directory, err := os.MkdirTemp("", "splitgauge-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(directory)
	path := filepath.Join(directory, "access.log")
	if err := writeDemoLog(path, o); err != nil {
		return fmt.Errorf("cannot write the demo's log: %w", err)
	}
	split, err := splitclients.Parse(demoSplit, splitclients.RuleNewest)
	if err != nil {
		return err
	}
	started := time.Now()
	result, err := agent.Replay(ctx, agent.ReplayConfig{
		Inputs:  []string{path},
		Reading: agent.Reading{Format: loggen.ExtendedText, Split: split},
	})
	if ctx.Err() != nil {
		return errors.New("interrupted")
	}
	if err != nil {
		return err
	}
	took := time.Since(started)
	if err := t.write(result, "text"); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(t.out); err != nil {
		return err
	}
	if err := t.writeComparison(result, "text"); err != nil {
		return err
	}
	fmt.Fprintf(t.err, "%d generated lines replayed in %s; for your own: splitgauge replay /var/log/nginx/access.log*\n",
		o.lines, took.Round(time.Millisecond))
	return nil
}

func writeDemoLog(path string, o demoOptions) error {
	generator, err := loggen.New(loggen.Config{
		Seed: o.seed, Lines: o.lines, Format: loggen.Extended, Duration: 6 * time.Hour, Split: demoSplit, Worse: demoWorse,
	})
	if err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	if _, err := generator.WriteTo(file); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}
