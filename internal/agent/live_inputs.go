package agent

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"github.com/splitgauge/splitgauge/exporter"
	"github.com/splitgauge/splitgauge/internal/config"
	"github.com/splitgauge/splitgauge/internal/nginxconf"
	"github.com/splitgauge/splitgauge/parser"
	"github.com/splitgauge/splitgauge/splitclients"
	"github.com/splitgauge/splitgauge/tailer"
)

// liveInput is a log, or a glob of them, as it is configured, and how it is read.
// One of pattern and syslog is set.
type liveInput struct {
	pattern string
	syslog  string
	formats *formats
}

// matches reports whether a file belongs to the input.
func (i liveInput) matches(name string) bool {
	if i.pattern == name {
		return true
	}
	matched, err := filepath.Match(i.pattern, name)
	return err == nil && matched
}

// inputs returns what is to be read: nothing where the proxies are run alone, or
// where there is nothing to be followed and there are proxies.
func (run *RunConfig) inputs(conf *config.Config) ([]liveInput, error) {
	if run.ProxiesAlone {
		return nil, nil
	}
	inputs, err := inputsOf(conf, run.HostNginxConf)
	if errors.Is(err, errNothingToFollow) && conf.Proxies.Any() {
		run.Log.Info("no log is followed; the proxies run alone", "because", err)
		return nil, nil
	}
	return inputs, err
}

// errNothingToFollow says that no log is configured, and nginx's configuration
// names none.
var errNothingToFollow = errors.New("nothing to follow")

// inputsOf returns what a configuration says is to be read: the logs that it
// names, else those that nginx's configuration does.
func inputsOf(conf *config.Config, hostNginxConf string) ([]liveInput, error) {
	base, err := readingOf(conf, hostNginxConf)
	if err != nil {
		return nil, err
	}
	if len(conf.Logs) == 0 {
		return inputsOfNginx(base)
	}
	var inputs []liveInput
	for i, log := range conf.Logs {
		reading := *base
		reading.Format, reading.Keys, reading.UpstreamName = log.Format, log.JSONMap, log.UpstreamName
		if reading.Escape, err = parser.ParseEscape(log.Escape); err != nil {
			return nil, fmt.Errorf("cannot read log %d: %w", i+1, err)
		}
		f, err := newFormats(&reading)
		if err != nil {
			return nil, fmt.Errorf("cannot read log %d: %w", i+1, err)
		}
		inputs = append(inputs, liveInput{pattern: log.Path, syslog: log.Syslog, formats: f})
	}
	return inputs, nil
}

// readingOf returns how lines are read, but for what each log says itself.
func readingOf(conf *config.Config, hostNginxConf string) (*Reading, error) {
	r := &Reading{
		Reader:  tailer.Config{MaxLine: conf.Reading.MaxLine},
		Variant: strings.TrimPrefix(conf.Variant, "$"),
		Hosts:   conf.Hosts,
		Rule:    splitclients.RuleNewest,
		Servers: fedNames(conf),
		Compare: comparisonOf(conf),
	}
	var err error
	if conf.Nginx.Version != "" {
		if r.Rule, err = splitclients.RuleFor(conf.Nginx.Version); err != nil {
			return nil, fmt.Errorf("cannot use nginx.version: %w", err)
		}
	}
	if conf.Split != "" {
		if r.Split, err = splitclients.Parse(conf.Split, r.Rule); err != nil {
			return nil, fmt.Errorf("cannot use split: %w", err)
		}
	}
	switch conf.Nginx.Config {
	case "none":
	case "":
		r.HostNginxConf = hostNginxConf
	default:
		r.NginxConf = conf.Nginx.Config
	}
	return r, nil
}

// inputsOfNginx returns the logs of nginx's configuration that can be followed.
func inputsOfNginx(reading *Reading) ([]liveInput, error) {
	f, err := newFormats(reading)
	switch {
	case err != nil:
		return nil, err
	case f.problem != nil:
		return nil, fmt.Errorf("cannot tell from %q which logs to follow: %w", reading.HostNginxConf, f.problem)
	case f.nginx == nil:
		return nil, fmt.Errorf("%w: there is no configuration of nginx here; name one as nginx.config, or name logs", errNothingToFollow)
	}
	var inputs []liveInput
	var left []string
	for _, log := range f.nginx.config.AccessLogs {
		if !followable(log) || log.Gzip > 0 {
			left = append(left, fmt.Sprintf("%q (%s)", log.Path, whyNot(log)))
			continue
		}
		if !slices.ContainsFunc(inputs, func(i liveInput) bool { return i.pattern == log.File }) {
			inputs = append(inputs, liveInput{pattern: log.File, formats: f})
		}
	}
	if len(inputs) == 0 {
		return nil, fmt.Errorf("%w: no access_log of %q is a file that can be followed: %s; name logs in the configuration",
			errNothingToFollow, f.nginx.name, orNone(left))
	}
	return inputs, nil
}

// whyNot says why an access log cannot be followed.
func whyNot(log *nginxconf.AccessLog) string {
	switch {
	case log.NotFollowable != "":
		return log.NotFollowable
	case log.Gzip > 0:
		return "it is compressed as it is written"
	case log.Format == nil:
		return "it has no format"
	}
	return "it is not of http"
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "there is none"
	}
	return strings.Join(list, ", ")
}

// problemsOf returns why a configuration of nginx that was not asked for cannot
// be used, once for each.
func problemsOf(inputs []liveInput) (problems []string) {
	for _, input := range inputs {
		if problem := input.formats.problem; problem != nil && !slices.Contains(problems, problem.Error()) {
			problems = append(problems, problem.Error())
		}
	}
	return problems
}

// splitsOf returns the splits that inputs are read with, as they are configured.
func splitsOf(inputs []liveInput) (splits []exporter.Split) {
	for _, e := range experimentsOf(distinctSplits(setsOf(inputs))) {
		split := exporter.Split{Experiment: e.Name, Shares: make(map[string]float64)}
		for _, v := range e.Variants {
			split.Shares[v.Variant] = float64(v.Hundredths) / 10_000
		}
		if !slices.ContainsFunc(splits, func(s exporter.Split) bool { return s.Experiment == split.Experiment }) {
			splits = append(splits, split)
		}
	}
	return splits
}

// setsOf returns the sets of splits of inputs.
func setsOf(inputs []liveInput) (sets []*splitSet) {
	for _, input := range inputs {
		sets = append(sets, input.formats.appliedSets(func(set *splitSet) bool { return !slices.Contains(sets, set) })...)
	}
	return sets
}

// declaredServers are the servers of nginx's upstreams, as $upstream_addr has
// them, and those that the proxies want to hear of; those that are given by host
// name are not known before they are resolved.
func (f *formats) declaredServers() (servers []string) {
	servers = slices.Clone(f.config.Servers)
	if f.nginx == nil {
		return servers
	}
	for _, upstream := range f.nginx.config.Upstreams {
		for _, server := range upstream.Servers {
			if address, ok := loggedAddress(server.Address); ok && upstream.Protocol == nginxconf.HTTP && !slices.Contains(servers, address) {
				servers = append(servers, address)
			}
		}
	}
	return servers
}

// loggedAddress returns how $upstream_addr names a server that is configured as
// address; false for a host name.
func loggedAddress(address string) (logged string, ok bool) {
	if strings.HasPrefix(address, "unix:") {
		return address, true
	}
	if ip, err := netip.ParseAddr(strings.Trim(address, "[]")); err == nil {
		return net.JoinHostPort(ip.String(), "80"), true
	}
	if pair, err := netip.ParseAddrPort(address); err == nil {
		return pair.String(), true
	}
	return "", false
}
