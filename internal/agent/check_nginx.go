package agent

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/splitgauge/splitgauge/internal/nginxconf"
	"github.com/splitgauge/splitgauge/splitclients"
)

// CheckedNginx is what was found in a configuration of nginx.
type CheckedNginx struct {
	Main      string            `json:"main"` // its main file
	Files     int               `json:"files"`
	Logs      []CheckedLog      `json:"logs"`
	Formats   []CheckedFormat   `json:"formats"`
	Splits    []CheckedSplit    `json:"splits"`
	Upstreams []CheckedUpstream `json:"upstreams"`
}

// CheckedLog is an access_log.
type CheckedLog struct {
	Path   string `json:"path"`           // as written
	File   string `json:"file,omitempty"` // absolute; empty where there is no one file
	Format string `json:"format"`
	At     string `json:"at"`
	Scope  string `json:"scope,omitempty"`

	// NotRead says why its lines are not read; empty where they are.
	NotRead string `json:"not_read,omitempty"`
	Exists  bool   `json:"exists"`

	If     string `json:"if,omitempty"`
	Buffer int    `json:"buffer,omitempty"` // bytes
	Flush  string `json:"flush,omitempty"`
	Gzip   int    `json:"gzip,omitempty"` // level

	// Clash says that another access_log writes other lines to the same file.
	Clash string `json:"clash,omitempty"`
}

// CheckedFormat is a log_format.
type CheckedFormat struct {
	Name   string `json:"name"`
	At     string `json:"at"`
	Escape string `json:"escape"`
	Text   string `json:"text"`
	Logs   int    `json:"logs"` // how many have it
}

// CheckedSplit is a split_clients block.
type CheckedSplit struct {
	Variable string         `json:"variable"`
	Key      string         `json:"key"`
	At       string         `json:"at"`
	Shares   []CheckedShare `json:"shares"`
	Notes    []string       `json:"notes,omitempty"`
}

// CheckedShare is what a value of a split gets: of HashSpace, and in hundredths
// of a percent as configured.
type CheckedShare struct {
	Value      string `json:"value"`
	Hundredths uint32 `json:"configured_hundredths_of_a_percent"`
	Hashes     uint64 `json:"hashes"`
}

// CheckedUpstream is an upstream block.
type CheckedUpstream struct {
	Name     string   `json:"name"`
	Protocol string   `json:"protocol"`
	Method   string   `json:"method"`
	At       string   `json:"at"`
	Servers  []string `json:"servers"` // with their parameters, as nginx writes them
}

// describeNginx fills in what was found of nginx, and the advice on its formats.
func (c *checker) describeNginx() {
	if problem := c.formats.problem; problem != nil {
		c.result.NginxProblem = problem.Error()
	}
	n := c.formats.nginx
	if n == nil {
		return
	}
	found := &CheckedNginx{
		Main: n.name, Files: len(n.config.Files),
		Logs: []CheckedLog{}, Formats: []CheckedFormat{}, Splits: []CheckedSplit{}, Upstreams: []CheckedUpstream{},
	}
	for _, log := range n.config.AccessLogs {
		found.Logs = append(found.Logs, n.describeLog(log))
	}
	for _, format := range n.config.LogFormats {
		found.Formats = append(found.Formats, n.describeFormat(format))
	}
	i := 0
	for _, block := range n.config.SplitClients {
		if block.Protocol == nginxconf.HTTP {
			found.Splits = append(found.Splits, describeSplit(n.splits[i], block.Position))
			i++
		}
	}
	for _, upstream := range n.config.Upstreams {
		found.Upstreams = append(found.Upstreams, describeUpstream(upstream))
	}
	c.result.Nginx = found
	for _, format := range n.config.LogFormats {
		if logs := n.logsOf(format); len(logs) > 0 && format.Protocol == nginxconf.HTTP {
			c.result.Formats = append(c.result.Formats, c.adviseNginx(format, logs))
		}
	}
}

// logsOf returns the access logs that have a format.
func (n *nginx) logsOf(format *nginxconf.LogFormat) (logs []*nginxconf.AccessLog) {
	for _, log := range n.config.AccessLogs {
		if log.Format == format {
			logs = append(logs, log)
		}
	}
	return logs
}

func (n *nginx) describeLog(log *nginxconf.AccessLog) CheckedLog {
	described := CheckedLog{
		Path: log.Path, File: log.File, At: log.Position.String(), NotRead: log.NotFollowable,
		If: log.If, Buffer: log.Buffer, Gzip: log.Gzip,
	}
	if log.Format != nil {
		described.Format = log.Format.Name
		if described.NotRead == "" && log.Format.Protocol == nginxconf.Stream {
			described.NotRead = "it is of stream: connections, not requests"
		}
	}
	if log.Scope != nil {
		described.Scope = log.Scope.String()
	}
	if log.Flush > 0 {
		described.Flush = log.Flush.String()
	}
	if log.File != "" {
		_, err := os.Stat(log.File)
		described.Exists = err == nil
	}
	described.Clash = n.clash(log)
	return described
}

// clash says that other lines than the log's go to its file.
func (n *nginx) clash(log *nginxconf.AccessLog) string {
	if log.File == "" {
		return ""
	}
	for _, other := range n.config.AccessLogs {
		if other != log && other.File == log.File && other.Format != log.Format && other.Format != nil {
			return fmt.Sprintf("access_log at %s writes format %s to the same file: give each format a file of its own", other.Position, other.Format.Name)
		}
	}
	return ""
}

func (n *nginx) describeFormat(format *nginxconf.LogFormat) CheckedFormat {
	return CheckedFormat{format.Name, format.Position.String(), format.Escape, format.Text, len(n.logsOf(format))}
}

func describeSplit(split *splitclients.Split, at nginxconf.Position) CheckedSplit {
	described := CheckedSplit{Variable: split.Variable, Key: split.Key.String(), At: at.String(), Notes: splitNotes(split)}
	for _, share := range split.Table.Shares() {
		described.Shares = append(described.Shares, CheckedShare{share.Value, share.Percent, share.Hashes})
	}
	return described
}

func describeUpstream(upstream *nginxconf.Upstream) CheckedUpstream {
	described := CheckedUpstream{
		Name: upstream.Name, Protocol: string(upstream.Protocol), At: upstream.Position.String(),
		Method:  strings.Join(append([]string{upstream.Method}, upstream.MethodArguments...), " "),
		Servers: []string{},
	}
	for _, server := range upstream.Servers {
		described.Servers = append(described.Servers, serverText(server))
	}
	return described
}

// serverText returns a server's address and those of its parameters that are
// not what they are without being stated.
func serverText(server *nginxconf.UpstreamServer) string {
	words := []string{server.Address}
	add := func(stated bool, text string) {
		if stated {
			words = append(words, text)
		}
	}
	add(server.Weight != 1, fmt.Sprintf("weight=%d", server.Weight))
	add(server.MaxConnections != 0, fmt.Sprintf("max_conns=%d", server.MaxConnections))
	add(server.MaxFails != 1, fmt.Sprintf("max_fails=%d", server.MaxFails))
	add(server.Backup, "backup")
	add(server.Down, "down")
	add(server.Resolve, "resolve")
	return strings.Join(append(words, server.Other...), " ")
}

// passesOn reports whether some location passes requests to other servers.
func (n *nginx) passesOn() bool {
	var any func(directives []*nginxconf.Directive) bool
	any = func(directives []*nginxconf.Directive) bool {
		for directive := range nginxconf.All(directives) {
			if slices.Contains(passing, directive.Name.Text) || any(directive.Block) {
				return true
			}
		}
		return false
	}
	return len(n.config.Upstreams) > 0 || any(n.config.Main.Directives)
}

// passing are the directives that pass a request to an upstream.
var passing = []string{"proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass", "memcached_pass"}
