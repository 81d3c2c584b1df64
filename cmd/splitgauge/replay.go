package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/splitgauge/splitgauge/internal/agent"
	"github.com/splitgauge/splitgauge/internal/report"
)

// replayOptions are the flags of replay.
type replayOptions struct {
	reading      readingOptions
	host         bool
	output       string
	since, until string
	top          int
	maxUnparsed  string
}

func newReplayCommand(t terminal) *cobra.Command {
	var o replayOptions
	command := &cobra.Command{
		Use:   "replay [FILE|GLOB|-]...",
		Short: "Read archived logs and report on them",
		Long: `Replay reads archived access logs, in any order and any of gzip, zstd, bzip2,
xz or none, and prints one report: what happened per A/B variant, per upstream
server, per path and over time. "-" is standard input.

A file that an access_log of nginx's configuration writes, rotated or not, is read
by that directive's format and splits; any other is told from its first lines,
unless --format or --nginx-conf says it. Where there is a split, the report says
whether a variant is worse than the others; "splitgauge compare" says more of that.

Exit codes: 0 done; 1 failed, or no input could be read; 2 wrong usage; 3 done,
but an input could not be read whole, or more lines than --max-unparsed allows
could not be parsed.`,
		Example: `  splitgauge replay /var/log/nginx/access.log*
  zcat old.gz | splitgauge replay -o json -
  splitgauge replay --format '$remote_addr [$time_local] "$request" $status $request_time' access.log
  splitgauge replay --nginx-conf nginx.conf --log access.log copied/*.log
  nginx -T | splitgauge replay --nginx-conf - access.log
  splitgauge replay --split 'split_clients "${remote_addr}AAA" $variant { 0.5% .one; 2.0% .two; * ""; }' access.log
  splitgauge replay --format json --json-map time=ts,status=code,remote_addr=client.address app.log`,
		RunE: func(command *cobra.Command, files []string) error {
			return runReplay(command.Context(), t, o, files)
		},
	}
	o.addFlags(command)
	return command
}

func (o *replayOptions) addFlags(command *cobra.Command) {
	o.reading.addFlags(command)
	f := command.Flags()
	f.BoolVar(&o.host, "host", false, "report by $host too")
	f.StringVarP(&o.output, "output", "o", "text", "text, json or csv")
	f.StringVar(&o.since, "since", "", "only requests from this `time` on, such as 2026-11-25T10:00:00Z or 2026-11-25")
	f.StringVar(&o.until, "until", "", "only requests before this `time`")
	f.IntVar(&o.top, "top", 0, "how many hosts and paths to list (default 10 in text, else all)")
	f.StringVar(&o.maxUnparsed, "max-unparsed", "1%", "exit with 3 if more lines than this `share` cannot be parsed")
}

// config turns the flags into what the agent takes. All its errors are of usage.
func (o *replayOptions) config(t terminal, files []string) (agent.ReplayConfig, error) {
	config, err := o.reading.config(t, files)
	if err != nil {
		return config, err
	}
	config.Hosts, config.Top = o.host, o.top
	if !slices.Contains([]string{"text", "json", "csv"}, o.output) {
		return config, fmt.Errorf("cannot write output %q: want text, json or csv", o.output)
	}
	if o.top < 0 {
		return config, errors.New("cannot use --top: want a positive number")
	}
	if config.Since, err = parseTime("since", o.since); err != nil {
		return config, err
	}
	if config.Until, err = parseTime("until", o.until); err != nil {
		return config, err
	}
	return config, nil
}

// parseTime reads the time of a flag; zero where the flag is not set.
func parseTime(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("cannot read --%s %q: want a time such as 2026-11-25T10:00:00Z (without a zone: UTC)", flag, text)
}

func runReplay(ctx context.Context, t terminal, o replayOptions, files []string) error {
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
	result, err := untilInterrupted(ctx, func() (*report.Report, error) { return agent.Replay(ctx, config) })
	bar.clear()
	switch {
	case errors.Is(err, errInterrupted):
		return err
	case result == nil:
		return usageError(err)
	case err != nil:
		return listed(agent.ErrNothingRead.Error(), result.Failures)
	}
	if err := t.write(result, o.output); err != nil {
		return fmt.Errorf("cannot write the report: %w", err)
	}
	return judge(result, maxUnparsed, o.maxUnparsed)
}

// judge returns the error that says that the input was not good enough: asked is
// maxUnparsed as it was given.
func judge(r *report.Report, maxUnparsed share, asked string) error {
	switch n := len(r.Failures); n {
	case 0:
	case 1:
		return &exitError{exitUnparsed, listed("an input could not be read whole", r.Failures)}
	default:
		return &exitError{exitUnparsed, listed(fmt.Sprintf("%d inputs could not be read whole", n), r.Failures)}
	}
	lines := &r.Snapshot.Lines
	if maxUnparsed.exceededBy(lines.Unparsed, lines.Total()) {
		return &exitError{exitUnparsed, fmt.Errorf("%d of %d lines could not be parsed, more than --max-unparsed %s",
			lines.Unparsed, lines.Total(), asked)}
	}
	return nil
}

// listed returns an error that names what could not be read: outside of the
// text report nothing else does.
func listed(headline string, failures []report.Failure) error {
	const most = 10
	for i, failure := range failures {
		if i == most {
			headline += fmt.Sprintf("\n  and %d more", len(failures)-most)
			break
		}
		headline += "\n  " + failure.Error
	}
	return errors.New(headline)
}
