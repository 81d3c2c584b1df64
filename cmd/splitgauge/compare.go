package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/splitgauge/splitgauge/internal/agent"
	"github.com/splitgauge/splitgauge/internal/report"
)

// compareOptions are the flags of compare.
type compareOptions struct {
	reading        readingOptions
	experiment     string
	metrics        []string
	margin         float64
	control        string
	slow           time.Duration
	assignBy, arms string
	since, until   string
	output         string
	maxUnparsed    string
}

func newCompareCommand(t terminal) *cobra.Command {
	var o compareOptions
	command := &cobra.Command{
		Use:   "compare [FILE|GLOB|-]...",
		Short: "Say whether a variant of an experiment does harm",
		Long: `Compare reads access logs as replay does and says of every split whether one of
its variants is worse than the control: the verdict first, then the numbers that
it rests on, what was checked, and what would be seen. The split comes from nginx's
configuration or --split. Looking often does no harm: a verdict holds at every look.

Verdicts: WORSE and BETTER; NO HARM ABOVE a --margin and EQUIVALENT within it;
UNDECIDED; or why there is no answer, such as SPLIT NOT AS CONFIGURED. Without
--margin no difference is small enough, and only BETTER says that there is no harm.

--assign-by needs no split: it makes one up (an A/A) that nothing was ever treated
by, to show what noise looks like in a log. Splits of nginx's configuration are
left out then.

Exit codes: 0 no harm, said of all experiments (BETTER, NO HARM ABOVE, EQUIVALENT);
4 worse, in any of them; 5 no answer (UNDECIDED, or refused); 3 no harm, but in
part of the input only: an input could not be read whole, or more lines than
--max-unparsed allows could not be parsed; 1 failed, or no input could be read;
2 wrong usage, or no split. 4 and 5 are given whether or not all could be read:
harm that was seen stays harm. So a gate that wants 0 never passes on half a log.`,
		Example: `  splitgauge compare /var/log/nginx/access.log*
  splitgauge compare --nginx-conf nginx.conf --since 2026-11-25T10:00 --margin 1.2 access.log
  splitgauge compare --split 'split_clients "${remote_addr}AAA" $variant { 0.5% .one; 2.0% .two; * ""; }' access.log
  splitgauge compare --metric latency_mean,errors_5xx --control .two --slow 300ms access.log
  splitgauge compare --margin 1.2 -o markdown access.log > comment.md
  splitgauge compare --assign-by remote_addr --arms 50/50 access.log

  # A canary gate: the pipeline goes on only where there is no harm.
  splitgauge compare --margin 1.2 --metric errors_5xx,slow_share access.log || case $? in
    4) ./roll-back; exit 1 ;;
    5) echo "no answer yet: wait, and ask again"; exit 1 ;;
    *) echo "not compared, or only part of the log: see above"; exit 1 ;;
  esac`,
		DisableFlagsInUseLine: true,
		RunE: func(command *cobra.Command, files []string) error {
			config, err := o.config(command, t, files)
			if err != nil {
				return usageError(err)
			}
			return runCompare(command.Context(), t, o, config)
		},
	}
	o.addFlags(command)
	return command
}

func (o *compareOptions) addFlags(command *cobra.Command) {
	o.reading.addFlags(command)
	f := command.Flags()
	f.StringVar(&o.experiment, "experiment", "", "compare only the split that sets this `variable` (default all)")
	f.StringSliceVar(&o.metrics, "metric", nil, "the `metrics` that carry verdicts, the one that decides first (default errors_5xx,slow_share,latency_mean,errors_4xx)")
	f.Float64Var(&o.margin, "margin", 0, "from which `ratio` to the control on a difference is harm, such as 1.2")
	f.StringVar(&o.control, "control", "", "the `variant` that the others are compared with, '' being one too (default that of the largest share)")
	f.DurationVar(&o.slow, "slow", time.Second, "a request that takes longer is slow")
	f.StringVar(&o.assignBy, "assign-by", "", "make up a split over this `variable`, an A/A, and compare its arms")
	f.StringVar(&o.arms, "arms", defaultArms, "the `percentages` of its arms")
	f.StringVar(&o.since, "since", "", "only requests from this `time` on, such as 2026-11-25T10:00:00Z or 2026-11-25")
	f.StringVar(&o.until, "until", "", "only requests before this `time`")
	f.StringVarP(&o.output, "output", "o", "text", "text, json or markdown")
	f.StringVar(&o.maxUnparsed, "max-unparsed", "1%", "exit with 3 instead of 0 if more lines than this `share` cannot be parsed")
}

// config turns the flags into what the agent takes. All its errors are of usage.
func (o *compareOptions) config(command *cobra.Command, t terminal, files []string) (agent.ReplayConfig, error) {
	given := command.Flags().Changed
	if err := checkFiles(files); err != nil {
		return agent.ReplayConfig{}, err
	}
	if err := o.armsConflict(given("arms")); err != nil {
		return agent.ReplayConfig{}, err
	}
	config, err := o.reading.config(t, files)
	if err != nil {
		return config, err
	}
	config.ExperimentsAlone = true
	if o.assignBy != "" {
		if config.Split, err = armsSplit(o.assignBy, o.arms, config.Rule); err != nil {
			return config, err
		}
	}
	if config.Compare, err = o.comparison(given("control"), given("margin")); err != nil {
		return config, err
	}
	if !slices.Contains([]string{"text", "json", "markdown"}, o.output) {
		return config, fmt.Errorf("cannot write output %q: want text, json or markdown", o.output)
	}
	if _, err = parseShare(o.maxUnparsed); err != nil {
		return config, err
	}
	if config.Since, err = parseTime("since", o.since); err != nil {
		return config, err
	}
	if config.Until, err = parseTime("until", o.until); err != nil {
		return config, err
	}
	if config.Split == nil && config.NginxConf == "" {
		if _, err := os.Stat(config.HostNginxConf); err != nil {
			return config, errNoSplit
		}
	}
	return config, nil
}

// comparison says how experiments are compared. Metrics, the margin and the control
// are checked by the agent, which knows the splits.
func (o *compareOptions) comparison(controlGiven, marginGiven bool) (agent.Comparison, error) {
	c := agent.Comparison{Only: strings.TrimPrefix(o.experiment, "$"), Margin: o.margin, Metrics: o.metrics, Slow: o.slow}
	if controlGiven {
		c.Control = &o.control
	}
	if marginGiven && o.margin == 0 {
		return c, errors.New("cannot use the margin 0, want a ratio above 1, for example 1.2")
	}
	if o.slow < time.Millisecond {
		return c, fmt.Errorf("cannot use --slow %s: want a time of at least a millisecond, for example 300ms", o.slow)
	}
	return c, nil
}

// checkFiles refuses what is no file, before it is looked for as one.
func checkFiles(files []string) error {
	for _, file := range files {
		if strings.Contains(file, "://") {
			return fmt.Errorf("cannot compare what is at the URL %q: want the log's files", file)
		}
	}
	return nil
}

// errNoSplit says what to do where there is nothing to compare.
var errNoSplit = errors.New(`no split to compare the variants of: want --split 'split_clients "${remote_addr}AAA" $variant { 50% a; * b; }', ` +
	`--nginx-conf FILE with a split_clients block, or, to see what noise looks like, --assign-by remote_addr`)

func runCompare(ctx context.Context, t terminal, o compareOptions, config agent.ReplayConfig) error {
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
	case result.Outcome() == report.NoExperiment:
		return usageError(errors.Join(append([]error{errNoSplit}, warningsOf(result)...)...))
	}
	for i := range result.Experiments {
		e := &result.Experiments[i]
		e.AA, e.Slow = o.assignBy != "", o.slow
	}
	if err := t.writeComparison(result, o.output); err != nil {
		return fmt.Errorf("cannot write the comparison: %w", err)
	}
	maxUnparsed, err := parseShare(o.maxUnparsed)
	if err != nil {
		return usageError(err)
	}
	return decided(result.Outcome(), judge(result, maxUnparsed, o.maxUnparsed))
}

func warningsOf(r *report.Report) (warnings []error) {
	for _, warning := range r.Warnings {
		warnings = append(warnings, errors.New(warning))
	}
	return warnings
}

// writeComparison writes the experiments of a report as text, json or markdown.
func (t terminal) writeComparison(r *report.Report, output string) error {
	out := bufio.NewWriter(t.out)
	var err error
	switch output {
	case "json":
		err = report.WriteCompareJSON(out, r)
	case "markdown":
		err = report.WriteCompareMarkdown(out, r)
	default:
		err = report.WriteCompareText(out, r, textOptions(t.out))
	}
	if err != nil {
		return err
	}
	return out.Flush()
}
