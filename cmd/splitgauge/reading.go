package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/splitgauge/splitgauge/internal/agent"
	"github.com/splitgauge/splitgauge/parser"
	"github.com/splitgauge/splitgauge/splitclients"
	"github.com/splitgauge/splitgauge/tailer"
)

// hostNginxConf is where Debian's nginx, and most others, have their
// configuration.
const hostNginxConf = "/etc/nginx/nginx.conf"

// readingOptions are the flags that say how logs are to be read, the same for
// every verb that reads them.
type readingOptions struct {
	format       string
	escape       string
	jsonMap      map[string]string
	nginxConf    string
	log          string
	split        string
	nginxVersion string
	variant      string
	workers      int
	maxLine      int
}

func (o *readingOptions) addFlags(command *cobra.Command) {
	f := command.Flags()
	f.StringVar(&o.format, "format", "auto", "auto, combined, common, json, or the text of a `log_format`")
	f.StringVar(&o.escape, "escape", "default", "how that text escapes values: default, json or none")
	f.StringToStringVar(&o.jsonMap, "json-map", nil, "which JSON `key` holds an nginx variable: time=ts,status=code,host=request.host")
	f.StringVar(&o.nginxConf, "nginx-conf", "", "nginx's configuration, or what nginx -T prints, from a `file` or - (default "+hostNginxConf+" for the logs that it names)")
	f.StringVar(&o.log, "log", "", "the access_log of --nginx-conf whose format all files have: its path, the last part of that, or its format's `name`")
	f.StringVar(&o.split, "split", "", "a `split_clients` block that gives the variant where the log has none")
	f.StringVar(&o.nginxVersion, "nginx-version", "", "the `version` of nginx; 1.31.2 changed the upper end of the hash range (default newest)")
	f.StringVar(&o.variant, "variant", "", "the `variable` that holds the variant (default that of the split, else variant)")
	f.IntVar(&o.workers, "workers", 0, "how many lines to parse at once (default one a processor)")
	f.IntVar(&o.maxLine, "max-line", 1<<20, "longer lines, in `bytes`, are skipped and counted")
}

// config turns the flags into what the agent takes. All its errors are of usage.
func (o *readingOptions) config(t terminal, files []string) (agent.ReplayConfig, error) {
	config := agent.ReplayConfig{
		Inputs:  files,
		Workers: o.workers,
		Reading: agent.Reading{
			Reader:        tailer.Config{MaxLine: o.maxLine, Stdin: t.in},
			Format:        o.format,
			Keys:          o.jsonMap,
			NginxConf:     o.nginxConf,
			HostNginxConf: hostNginxConf,
			Log:           o.log,
			Variant:       strings.TrimPrefix(o.variant, "$"),
		},
	}
	if len(files) == 0 {
		return config, errors.New(`nothing to read: name files, or "-" for standard input`)
	}
	if o.workers < 0 {
		return config, errors.New("cannot use --workers: want a positive number")
	}
	if o.maxLine < 1 {
		return config, errors.New("cannot use --max-line: want a positive number")
	}
	var err error
	if config.Escape, err = parser.ParseEscape(o.escape); err != nil {
		return config, err
	}
	config.Split, config.Rule, err = parseSplit(o.split, o.nginxVersion)
	return config, err
}

// parseSplit reads the flags --split and --nginx-version; the split is nil where
// the former is not set.
func parseSplit(text, nginxVersion string) (split *splitclients.Split, rule splitclients.Rule, err error) {
	rule = splitclients.RuleNewest
	if nginxVersion != "" {
		if rule, err = splitclients.RuleFor(nginxVersion); err != nil {
			return nil, rule, fmt.Errorf("cannot use --nginx-version: %w", err)
		}
	}
	if text == "" {
		return nil, rule, nil
	}
	if split, err = splitclients.Parse(text, rule); err != nil {
		return nil, rule, fmt.Errorf("cannot use --split: %w", err)
	}
	return split, rule, nil
}
