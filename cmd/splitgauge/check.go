package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/splitgauge/splitgauge/internal/agent"
	"github.com/splitgauge/splitgauge/internal/report"
	"github.com/splitgauge/splitgauge/tailer"
)

// checkOptions are the flags of check.
type checkOptions struct {
	reading readingOptions
	output  string
}

func newCheckCommand(t terminal) *cobra.Command {
	var o checkOptions
	command := &cobra.Command{
		Use:   "check [LOGFILE|GLOB|-]...",
		Short: "Say what nginx's configuration and logs can tell, and what is wrong with them",
		Long: `Check says what it finds in nginx's configuration: logs, formats, splits with
their exact shares, upstreams; what each log's format can and cannot tell; and the
change of log_format that would make it tell the rest, ready to paste.

Then it reads the first and the last 1,000 lines of the logs, those named or else
those of the configuration that are there, and shows for lines that cannot be
parsed the spot, the field, the reason, and the format that would have fitted. A
compressed log has to be read through to get to its end.

Exit codes: 0 fine; 1 failed, or no log could be read; 2 wrong usage, or a
configuration that cannot be used; 3 some lines cannot be parsed fully, or a log
not be read whole.`,
		Example: `  splitgauge check
  splitgauge check /var/log/nginx/access.log
  nginx -T | splitgauge check --nginx-conf -
  splitgauge check --format '$remote_addr [$time_local] "$request" $status' access.log
  splitgauge check --nginx-conf nginx.conf -o json copied/*.log`,
		RunE: func(command *cobra.Command, files []string) error {
			return runCheck(command.Context(), t, o, files)
		},
	}
	o.reading.addFlags(command)
	command.Flags().StringVarP(&o.output, "output", "o", "text", "text or json")
	return command
}

// config turns the flags into what the agent takes. Unlike other verbs, check
// needs no files: without any it looks at the logs of the configuration.
func (o *checkOptions) config(t terminal, files []string) (agent.ReplayConfig, error) {
	some := files
	if len(files) == 0 {
		some = []string{tailer.StdinName}
	}
	config, err := o.reading.config(t, some)
	config.Inputs = files
	if err != nil {
		return config, err
	}
	for _, file := range files {
		if file == tailer.StdinName && config.NginxConf == tailer.StdinName {
			return config, errors.New("cannot read both the configuration and a log from standard input: want a file for one of them")
		}
	}
	return config, checkOutput(o.output)
}

func runCheck(ctx context.Context, t terminal, o checkOptions, files []string) error {
	config, err := o.config(t, files)
	if err != nil {
		return usageError(err)
	}
	result, err := checkUntil(ctx, config)
	if result == nil {
		if ctx.Err() != nil {
			return errors.New("interrupted")
		}
		return usageError(err)
	}
	if writeErr := writeCheck(t, result, o.output); writeErr != nil {
		return fmt.Errorf("cannot write the result: %w", writeErr)
	}
	if err != nil {
		return err
	}
	return judgeCheck(result)
}

// checkUntil is agent.Check, but does not outlive ctx: reading standard input
// cannot be called off.
func checkUntil(ctx context.Context, config agent.ReplayConfig) (*agent.CheckResult, error) {
	type outcome struct {
		result *agent.CheckResult
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		result, err := agent.Check(ctx, config)
		done <- outcome{result, err}
	}()
	select {
	case o := <-done:
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return o.result, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func writeCheck(t terminal, result *agent.CheckResult, output string) error {
	var out bytes.Buffer
	if output == "json" {
		document := struct {
			Schema string `json:"schema"`
			*agent.CheckResult
		}{"splitgauge.check/1", result}
		text, err := report.JSON(document, "  ")
		if err != nil {
			return err
		}
		out.Write(append(text, '\n'))
	} else {
		options := textOptions(t.out)
		w := checkWriter{page{out: &out, width: options.Width, unicode: options.Unicode}}
		w.write(result)
	}
	_, err := t.out.Write(out.Bytes())
	return err
}

// judgeCheck returns the error that says what is not fine.
func judgeCheck(result *agent.CheckResult) error {
	if unreadable := result.Unreadable(); len(unreadable) > 0 {
		var problems []string
		for _, format := range unreadable {
			problems = append(problems, fmt.Sprintf("log_format %s at %s: %s", format.Name, format.At, format.Unreadable))
		}
		return usageError(fmt.Errorf("logs have formats by which no line can be read: %s", strings.Join(problems, "; ")))
	}
	failed, read := result.Failed()
	switch n := len(result.Failures); {
	case n == 1:
		return &exitError{exitUnparsed, fmt.Errorf("a log could not be read whole: %s", result.Failures[0].Error)}
	case n > 1:
		return &exitError{exitUnparsed, fmt.Errorf("%d logs could not be read whole, the first: %s", n, result.Failures[0].Error)}
	case failed > 0:
		return &exitError{exitUnparsed, fmt.Errorf("%d of %d lines read could not be parsed fully", failed, read)}
	}
	return nil
}
