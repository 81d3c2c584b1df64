package agent

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/splitgauge/splitgauge/internal/nginxconf"
	"github.com/splitgauge/splitgauge/splitclients"
	"github.com/splitgauge/splitgauge/tailer"
)

// nginx is a configuration of nginx, as far as it tells how logs are to be read.
type nginx struct {
	name   string // of its main file
	config *nginxconf.Config

	// asked tells that it was named on the command line. Otherwise it is the one
	// of this host, which says nothing about logs that come from elsewhere.
	asked bool

	splits []*splitclients.Split
}

// loadNginx reads the configuration that applies: the one that is named, else
// the one of this host, if there is one. A configuration that was not asked for
// and cannot be read is no error; problem then says what is wrong with it.
func loadNginx(config *Reading) (n *nginx, problem, err error) {
	name, asked := config.NginxConf, true
	if name == "" {
		name, asked = config.HostNginxConf, false
		if name == "" {
			return nil, nil, nil
		}
		if _, err := os.Stat(name); err != nil {
			return nil, nil, nil
		}
	}
	n = &nginx{name: name, asked: asked}
	if n.config, err = readNginxConf(name, config); err == nil {
		err = n.addSplits(config.Rule)
	}
	switch {
	case err == nil:
		return n, nil, nil
	case asked:
		return nil, nil, err
	}
	return nil, err, nil
}

// readNginxConf reads nginx.conf, or the output of nginx -T from a file or, as
// "-", from standard input.
func readNginxConf(name string, config *Reading) (*nginxconf.Config, error) {
	if name == tailer.StdinName {
		stdin := config.Reader.Stdin
		if stdin == nil {
			stdin = os.Stdin
		}
		return nginxconf.ParseDump(stdin, nginxconf.Options{})
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read nginx's configuration: %w", err)
	}
	if nginxconf.IsDump(string(text)) {
		return nginxconf.ParseDump(strings.NewReader(string(text)), nginxconf.Options{})
	}
	return nginxconf.Parse(name, nginxconf.Options{})
}

// addSplits makes the splits of the http part. Of two that set the same variable, the
// last one counts in nginx.
func (n *nginx) addSplits(rule splitclients.Rule) error {
	for _, block := range n.config.SplitClients {
		if block.Protocol != nginxconf.HTTP {
			continue
		}
		split, err := splitclients.New(block.Definition, rule)
		if err != nil {
			return fmt.Errorf("cannot use split_clients at %s: %w", block.Position, err)
		}
		same := slices.IndexFunc(n.splits, func(s *splitclients.Split) bool { return s.Variable == split.Variable })
		if same >= 0 {
			n.splits[same] = split
			continue
		}
		n.splits = append(n.splits, split)
	}
	return nil
}

// logOf returns the access log that a file is, be it rotated or compressed, or
// that a syslog socket receives; or nil.
func (n *nginx) logOf(name string) *nginxconf.AccessLog {
	file := realName(name)
	for _, log := range n.config.AccessLogs {
		if log.Syslog != nil && log.Format != nil && strings.TrimPrefix(name, "udp:") == log.Syslog.Server {
			return log
		}
		if log.File == "" || log.Format == nil {
			continue
		}
		if own := realName(log.File); own == file || own == tailer.Stem(file) {
			return log
		}
	}
	return nil
}

// realName returns the absolute name of a file with no symbolic link in its
// directory.
func realName(name string) string {
	absolute, err := filepath.Abs(name)
	if err != nil {
		return name
	}
	directory, err := filepath.EvalSymlinks(filepath.Dir(absolute))
	if err != nil {
		return absolute
	}
	return filepath.Join(directory, filepath.Base(absolute))
}

// logNamed returns the access log of a name: its path, the last part of that, or
// the name of its format.
func (n *nginx) logNamed(name string) (*nginxconf.AccessLog, error) {
	var known []string
	for _, log := range n.config.AccessLogs {
		if log.Format == nil {
			continue
		}
		if name == log.Path || name == log.File || name == filepath.Base(log.Path) || name == log.Format.Name {
			return log, nil
		}
		known = append(known, log.Path)
	}
	slices.Sort(known)
	return nil, fmt.Errorf("cannot find log %q in %s: it has %s", name, n.name, strings.Join(slices.Compact(known), ", "))
}
