package config

import (
	"github.com/goccy/go-yaml/ast"

	"github.com/splitgauge/splitgauge/proxy"
	"github.com/splitgauge/splitgauge/proxy/balance"
	"github.com/splitgauge/splitgauge/proxy/egress"
)

// kind is what a key's value is.
type kind int

const (
	text     kind = iota // a word, a path, a block
	boolean              // true or false
	duration             // such as 5s
	size                 // bytes, such as 1MiB
	mapping              // keys of its own
	list                 // a list of mappings
	words                // a list of words
	texts                // a mapping of words to words
)

// key is one key of the file: what the parser, the printed default and the schema
// know of it.
type key struct {
	name    string
	kind    kind
	about   string   // one line, for people
	usual   string   // the default as YAML; empty is none
	example string   // a value to show where there is no default
	choices []string // the only values; empty is any
	instead bool     // stands for the key before it, never beside it
	keys    []key    // of a mapping, or of the items of a list

	// set takes a scalar's value, or one of words, into the scope, and says what
	// is wrong with it.
	set func(s *scope, value string) (problem string)

	// put takes a word of texts.
	put func(s *scope, name, value string) (problem string)

	// begin begins an item of a list: it returns the scope that the item's keys
	// fill in. end takes it into the configuration; clean tells that nothing was
	// wrong with its keys, so that it may be checked as a whole.
	begin func(s *scope) (inner *scope, end func(r *reader, path string, node ast.Node, clean bool))

	// plain takes an item that is a scalar instead of a mapping; nil: none may be.
	plain func(s *scope, value string) (problem string)
}

// scope is what is being filled in: the configuration, and the items of lists
// that are being read.
type scope struct {
	config   *Config
	log      *Log
	listener *proxy.ListenerConfig
	pool     *poolItem
	server   *balance.ServerConfig
	egress   *egress.Config
}

// keys returns the table of all keys. It is the one place that knows them.
func keys() key {
	return key{kind: mapping, keys: []key{
		{name: "nginx", kind: mapping, about: "nginx's own configuration: formats, logs, splits and upstreams are read there.", keys: []key{
			{name: "config", about: "Its main file, or what nginx -T printed; none for none. By default /etc/nginx/nginx.conf if it is there.",
				example: "/etc/nginx/nginx.conf", set: func(s *scope, v string) string { s.config.Nginx.Config = v; return "" }},
			{name: "version", about: "The version of nginx: 1.31.2 changed the upper end of split_clients. By default the newest.",
				example: "1.22.1", set: setVersion},
		}},
		{name: "logs", kind: list, about: "The logs to follow. By default those that nginx's configuration names.", begin: beginLog, keys: []key{
			{name: "path", about: "A file or a glob; rotated files are found by themselves.", example: "/var/log/nginx/*access.log", set: setPath},
			{name: "syslog", about: "Instead of path: where nginx's access_log syslog:server= sends to, unix:/path or udp:127.0.0.1:5140.",
				instead: true, example: "unix:/run/splitgauge/log.sock", set: setSyslog},
			{name: "format", about: "auto, combined, common, json, or the text of a log_format.", usual: "auto", set: func(s *scope, v string) string { s.log.Format = v; return "" }},
			{name: "escape", about: "How that text escapes values.", usual: "default", choices: []string{"default", "json", "none"},
				set: func(s *scope, v string) string { s.log.Escape = v; return "" }},
			{name: "json_map", kind: texts, about: "Which JSON key holds an nginx variable.", example: "{status: code, request_time: took}", put: putJSONKey},
			{name: "node", about: "The server of a proxy's pool that has served everything in this log: its own log.", example: "app1",
				set: setText(func(s *scope) *string { return &s.log.Node })},
			{name: "upstream_name", about: "The variable that names the server a request went to in the end, where $upstream_addr is that of a proxy.",
				example: "upstream_http_x_backend", set: setVariable(func(s *scope) *string { return &s.log.UpstreamName })},
		}},
		{name: "split", about: "A split_clients block that gives the variant where the log has none, instead of those of nginx's configuration.",
			example: `'split_clients "${remote_addr}AAA" $variant { 50% .one; * .two; }'`, set: setSplit},
		{name: "variant", about: "The variable that holds the variant. By default the one that the split sets, else variant.", example: "variant",
			set: func(s *scope, v string) string { s.config.Variant = v; return "" }},
		{name: "experiments", kind: mapping, about: "How the variants of a split are compared.", keys: experimentKeys()},
		{name: "hosts", kind: boolean, about: "Whether the report also tells by $host.", usual: "false", set: setFlag(func(s *scope) *bool { return &s.config.Hosts })},
		{name: "state", kind: mapping, about: "What survives a restart: where reading stands, and what was counted.", keys: []key{
			{name: "directory", about: "By default $STATE_DIRECTORY, which systemd sets, else /var/lib/splitgauge.", example: stateDirectory,
				set: func(s *scope, v string) string { s.config.State.Directory = v; return "" }},
			{name: "interval", kind: duration, about: "How often it is written, if anything has changed.", usual: "5s",
				set: setSpan(func(s *scope) *timeSpan { return &s.config.State.Interval }, "100ms", "1h")},
		}},
		{name: "metrics", kind: mapping, about: "The listener for Prometheus: /metrics, /healthz, /readyz.", keys: []key{
			{name: "listen", about: "host:port.", usual: "127.0.0.1:9917", set: setAddress},
			{name: "web_config", about: "A file of the Prometheus exporter toolkit, with certificates and passwords.", example: "/etc/splitgauge-web.yml",
				set: func(s *scope, v string) string { s.config.Metrics.WebConfig = v; return "" }},
		}},
		{name: "admin", kind: mapping, about: "The listener for the operator: /report and profiles.", keys: []key{
			{name: "listen", about: "A loopback host:port, unix:/path, or none.", usual: "127.0.0.1:9918", set: setAdminAddress},
		}},
		{name: "reading", kind: mapping, about: "How logs are followed.", keys: []key{
			{name: "from_beginning", kind: boolean, about: "Whether logs that were never read before are read from their beginning and not from their end.", usual: "false",
				set: setFlag(func(s *scope) *bool { return &s.config.Reading.FromBeginning })},
			{name: "poll", kind: duration, about: "How often a log is looked at.", usual: "100ms",
				set: setSpan(func(s *scope) *timeSpan { return &s.config.Reading.Poll }, "10ms", "10s")},
			{name: "grace", kind: duration, about: "How long an old file must have been silent before the one after it is read.", usual: "1s",
				set: setSpan(func(s *scope) *timeSpan { return &s.config.Reading.Grace }, "10ms", "10m")},
			{name: "linger", kind: duration, about: "How long an old file is kept open after that, in case something is still written to it.", usual: "10m",
				set: setSpan(func(s *scope) *timeSpan { return &s.config.Reading.Linger }, "1s", "24h")},
			{name: "max_line", kind: size, about: "Longer lines are skipped and counted.", usual: "1MiB", set: setMaxLine},
		}},
		{name: "proxies", kind: mapping, about: "TCP proxies, which balance by what was measured. By default none.", keys: proxyKeys()},
	}}
}

// find returns the key of a mapping that is called name.
func (k *key) find(name string) *key {
	for i := range k.keys {
		if k.keys[i].name == name {
			return &k.keys[i]
		}
	}
	return nil
}

// names returns the names of a mapping's keys.
func (k *key) names() (names []string) {
	for _, one := range k.keys {
		names = append(names, one.name)
	}
	return names
}

// reset puts the defaults of all scalars into s.
func (k *key) reset(s *scope) {
	for i := range k.keys {
		one := &k.keys[i]
		switch {
		case one.kind == mapping:
			one.reset(s)
		case one.kind != list && one.kind != texts && one.kind != words && one.usual != "":
			if problem := one.set(s, one.usual); problem != "" {
				panic("BUG: the default of " + one.name + " is wrong: " + problem)
			}
		}
	}
}
