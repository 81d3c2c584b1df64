package agent

import (
	"github.com/splitgauge/splitgauge/parser"
	"github.com/splitgauge/splitgauge/splitclients"
	"github.com/splitgauge/splitgauge/tailer"
)

// Reading says how lines are read, archived ones and live ones alike.
type Reading struct {
	Reader tailer.Config // bounds of reading; zero means its defaults

	Format string            // auto, combined, common, json or the text of a log_format; empty means auto
	Escape parser.Escape     // of a log_format's text
	Keys   map[string]string // JSON keys by variable; see parser.Options.Keys

	// NginxConf is a configuration of nginx, or the output of nginx -T ("-":
	// from standard input), that tells formats and splits; empty means none.
	// HostNginxConf is the one of this host, which tells them for the logs that
	// it names and that are there. Log names the access log of NginxConf whose
	// format all inputs have.
	NginxConf, HostNginxConf string
	Log                      string

	Split   *splitclients.Split // gives the variant where the log has none; may be nil
	Rule    splitclients.Rule   // of the splits of NginxConf
	Variant string              // variable that holds the variant; may be empty

	Hosts bool // also by host

	Compare Comparison // of the variants of a split

	// UpstreamName is a variable that names the last attempt's server; see
	// parser.Options. Servers are names that hold a slot whatever the logs say.
	UpstreamName string
	Servers      []string
}
