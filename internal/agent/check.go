package agent

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/splitgauge/splitgauge/internal/nginxconf"
	"github.com/splitgauge/splitgauge/tailer"
)

// CheckResult is what was understood of nginx's configuration and of logs, as
// plain data. Texts may hold whatever a log or a configuration holds.
type CheckResult struct {
	Nginx *CheckedNginx `json:"nginx"` // nil where no configuration applies

	// NginxProblem says why the configuration of this host, which was not asked
	// for, cannot be used; empty where it can.
	NginxProblem string `json:"nginx_problem,omitempty"`

	Formats  []*FormatAdvice `json:"formats"` // those that logs have
	Files    []*CheckedFile  `json:"files"`
	Failures []CheckFailure  `json:"failures"`
}

// CheckFailure is an input that could not be read, or not to its end.
type CheckFailure struct {
	File  string `json:"file"`
	Error string `json:"error"`
}

// Failed returns how many of the lines that were read were not fully parsed.
func (r *CheckResult) Failed() (failed, read int64) {
	for _, file := range r.Files {
		failed += file.Partial + file.Unparsed
		read += file.Read
	}
	return failed, read
}

// Unreadable returns the formats of logs by which no line can be read.
func (r *CheckResult) Unreadable() (formats []*FormatAdvice) {
	for _, format := range r.Formats {
		if format.Unreadable != "" {
			formats = append(formats, format)
		}
	}
	return formats
}

// ErrNothingToCheck is returned where there is neither a configuration nor a
// log.
var ErrNothingToCheck = errors.New("nothing to check: there is no configuration of nginx here; name one with --nginx-conf, or name log files")

// Check says what it understands of nginx's configuration and of the start and
// the end of logs: those of config.Inputs, else those that the configuration
// names and that are there. An input that cannot be read is in the result.
func Check(ctx context.Context, config ReplayConfig) (*CheckResult, error) {
	formats, err := newFormats(&config.Reading)
	if err != nil {
		return nil, err
	}
	c := &checker{
		formats: formats,
		config:  &config,
		result:  &CheckResult{Formats: []*FormatAdvice{}, Files: []*CheckedFile{}, Failures: []CheckFailure{}},
	}
	inputs := config.Inputs
	if len(inputs) == 0 {
		switch {
		case formats.nginx != nil:
			inputs = formats.nginx.existingLogs(formats.log)
		case formats.problem != nil:
			return nil, formats.problem
		default:
			return nil, ErrNothingToCheck
		}
	}
	c.describeNginx()
	return c.result, c.checkFiles(ctx, inputs)
}

// checker makes one CheckResult.
type checker struct {
	formats *formats
	config  *ReplayConfig
	result  *CheckResult
}

// checkFiles reads the inputs. It fails where ctx ends, and where nothing of
// what was named could be read.
func (c *checker) checkFiles(ctx context.Context, inputs []string) error {
	sources, failures := tailer.Discover(inputs, c.config.Reader, tailer.Events{})
	for _, failure := range failures {
		c.fail(failure.Source.Name, failure)
	}
	for _, source := range sources {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := c.checkFile(ctx, source); err != nil {
			c.fail(source.Name, err)
		}
	}
	if _, read := c.result.Failed(); read == 0 && len(c.result.Failures) > 0 && len(c.result.Failures) >= len(sources)+len(failures) {
		return fmt.Errorf("%w: %s", ErrNothingRead, c.result.Failures[0].Error)
	}
	return ctx.Err()
}

func (c *checker) fail(name string, err error) {
	c.result.Failures = append(c.result.Failures, CheckFailure{name, err.Error()})
}

// existingLogs returns the files of the access logs that can be followed and
// that are there; with only, of that one.
func (n *nginx) existingLogs(only *nginxconf.AccessLog) (files []string) {
	for _, log := range n.config.AccessLogs {
		if only != nil && log != only || !followable(log) || slices.Contains(files, log.File) {
			continue
		}
		if _, err := os.Stat(log.File); err == nil {
			files = append(files, log.File)
		}
	}
	return files
}

// followable reports whether a log is a file of requests.
func followable(log *nginxconf.AccessLog) bool {
	return log.File != "" && log.NotFollowable == "" && log.Format != nil && log.Format.Protocol == nginxconf.HTTP
}
