package archtest

import (
	"slices"
	"strings"
)

// A packageRule says which packages of the project a package may import.
// splitclients, a leaf, is open to all and not listed.
type packageRule struct {
	dir     string
	imports []string
	because string
}

// everything stands for all packages but commands and tests' helpers.
const everything = "*"

// packageRules names every package there may be, built yet or not. Data flows
// from tailer to parser to aggregator to what publishes it; imports point back.
var packageRules = []packageRule{
	{"cmd/splitgauge", []string{"internal/agent", "internal/report", "internal/config", "internal/loggen", "tailer", "parser"},
		"a verb turns flags into the stages' own Configs, starts the assembler and prints what came out; demo generates its own traffic"},
	{"internal/agent", []string{everything},
		"the only assembler: here and nowhere else the stages meet"},

	{"tailer", nil,
		"where lines come from; it knows nothing of what is in them"},
	{"parser", []string{"tailer"},
		"turns a line of a tailer batch into an Entry"},
	{"splitclients", nil,
		"a leaf that anyone may import, so it may import nobody"},
	{"aggregator", []string{"parser"},
		"counts parser entries"},
	{"experiment", []string{"aggregator", "parser"},
		"pure functions over aggregated sums, whose times may be parser.NoTime"},
	{"exporter", []string{"aggregator", "experiment"},
		"publishes aggregates and verdicts; where they came from is not its business"},
	{"proxy", []string{"proxy/balance", "proxy/prefix"},
		"forwards connections by a balancing policy; measured latency is handed to it by the assembler"},
	{"proxy/balance", nil,
		"policies are plain algorithms, usable without the proxy"},
	{"proxy/prefix", nil,
		"a table"},
	{"proxy/egress", []string{"proxy/prefix"},
		"forwards requests by an allowlist; it balances nothing"},
	{"proxy/advise", []string{"proxy/balance"},
		"tells other balancers what weights balance would give"},

	{"internal/report", []string{"aggregator", "experiment"},
		"writes a snapshot and its verdicts down"},
	{"internal/admin", []string{"aggregator", "experiment", "internal/report"},
		"shows snapshots and verdicts over HTTP, in the report's words"},
	{"internal/nginxconf", nil,
		"nginx.conf as plain data with file and line; who needs the data converts it"},
	{"internal/config", []string{"tailer", "parser", "aggregator", "experiment", "exporter", "proxy", "proxy/balance", "proxy/egress",
		"internal/checkpoint", "internal/admin", "internal/report"},
		"the file is composed of each package's own Config"},
	{"internal/checkpoint", []string{"tailer", "aggregator"},
		"position and aggregates are one state, written together"},
	{"internal/conformance", nil,
		"tests the built program from outside, as a user runs it"},
	{"internal/loggen", nil,
		"its truth is counted while writing and must not come from the code that it is there to test"},
	{"internal/nginxtest", nil,
		"runs a real nginx for tests of any package, so it may depend on none"},
	{"internal/archtest", nil,
		"reads source, runs nothing"},

	{"deploy", nil,
		"tests what is there to be installed with the tools that it is for"},
	{"bench/live", nil,
		"measures programs from outside, its own no differently from others"},
	{"bench/baretail", nil,
		"the library alone, to compare with"},
	{"bench/generate", []string{"internal/loggen"},
		"writes the logs that are measured"},
	{"bench/compare", nil,
		"measures programs from outside, its own no differently from others"},
	{"bench/openloop", nil,
		"offers load to programs from outside"},
	{"bench/proxy", nil,
		"measures programs from outside, its own no differently from others"},
	{"bench/proxy/forwarder", []string{"proxy", "proxy/balance"},
		"the forwarding alone, to compare with and to profile"},
	{"bench/simulate", []string{"bench/simulate/traffic", "aggregator", "experiment", "parser"},
		"runs what ships, and no copy of it"},
	{"bench/simulate/traffic", []string{"parser"},
		"makes requests, and knows nothing of what is made of them"},
	{"bench/sonicloop", []string{"tailer"},
		"reads the same blocks as replay, so that only decoding differs"},
}

// leaf is the one package that every other may import.
const leaf = "splitclients"

// testHelpers may be imported by the tests of any package.
var testHelpers = []string{"internal/loggen", "internal/nginxtest"}

// testOnly are the test helpers that nothing else imports: their code is held
// to the rules for tests.
var testOnly = []string{"internal/nginxtest"}

// brokenPackageRules reports imports within the project that point the wrong
// way, and packages without a rule.
func brokenPackageRules(t *tree, rules []packageRule) (findings []string) {
	unknown := map[string]bool{}
	for _, file := range t.files {
		at := slices.IndexFunc(rules, func(r packageRule) bool { return r.dir == file.dir })
		if at < 0 {
			if !unknown[file.dir] {
				findings = append(findings, t.finding(file.Package, "package %s has no rule: "+
					"add a row to packageRules that says what it may import and why", file.dir))
			}
			unknown[file.dir] = true
			continue
		}
		rule := rules[at]
		for _, spec := range file.Imports {
			imported, ok := inProject(importPath(spec))
			if !ok || rule.allows(imported) {
				continue
			}
			if file.test && (imported == file.dir || slices.Contains(testHelpers, imported)) {
				continue
			}
			findings = append(findings, t.finding(spec.Pos(), "%s must not import %s: it may import %s, because %s",
				file.dir, imported, rule.allowed(), rule.because))
		}
	}
	return findings
}

func (r packageRule) allows(imported string) bool {
	if imported == leaf && r.dir != leaf {
		return true
	}
	if slices.Contains(r.imports, everything) {
		return !within(imported, "cmd") && !within(imported, "bench") && !slices.Contains(testHelpers, imported)
	}
	return slices.Contains(r.imports, imported)
}

func (r packageRule) allowed() string {
	switch {
	case slices.Contains(r.imports, everything):
		return "all but commands, bench and " + strings.Join(testHelpers, ", ")
	case r.dir == leaf:
		return "no package of the project"
	}
	return strings.Join(append([]string{leaf}, r.imports...), ", ")
}

// A homeRule says which packages alone may import a library. A required
// library must be imported, in code that ships, from the moment that the
// directory since has Go files.
type homeRule struct {
	module  string
	homes   []string
	since   string // "": not required
	because string
}

var homeRules = []homeRule{
	{"github.com/nxadm/tail", []string{"tailer", "bench/baretail"}, "exporter",
		"following a live file is the tailer's, behind one adapter"},
	{"github.com/bytedance/sonic", []string{"parser", "bench/sonicloop"}, "parser",
		"a JSON line is decoded in one place"},
	{"github.com/prometheus/client_golang", []string{"exporter"}, "exporter",
		"one collector translates; everything else stays ignorant of Prometheus"},
	{"github.com/prometheus/exporter-toolkit", []string{"exporter"}, "",
		"listening with TLS and passwords for Prometheus is the exporter's"},
	{"github.com/goccy/go-yaml", []string{"internal/config"}, "",
		"one package reads the file, the others are given values"},
	{"github.com/google/renameio", []string{"internal/checkpoint"}, "",
		"what must survive a crash is written in one place"},
	{"github.com/spf13/cobra", []string{"cmd/splitgauge"}, "cmd/splitgauge",
		"flags belong to the command line, not to libraries"},
	{"github.com/axiomhq/hyperloglog", []string{"aggregator"}, "",
		"sketches merge exactly only if one package makes them"},
}

// brokenHomeRules reports libraries that are imported outside their homes, and
// required ones that are not imported at all.
func brokenHomeRules(t *tree, rules []homeRule) (findings []string) {
	for _, rule := range rules {
		used, due := false, false
		for _, file := range t.files {
			due = due || file.dir == rule.since
			for _, spec := range file.Imports {
				if !within(importPath(spec), rule.module) {
					continue
				}
				if !slices.Contains(rule.homes, file.dir) {
					findings = append(findings, t.finding(spec.Pos(), "%s must not import %s: only %s may, because %s",
						file.dir, importPath(spec), strings.Join(rule.homes, ", "), rule.because))
				}
				used = used || !file.test && !within(file.dir, "bench")
			}
		}
		if due && !used {
			findings = append(findings, rule.module+" is required since "+rule.since+"/ exists, and nothing that ships "+
				"imports it: "+rule.homes[0]+" should, because "+rule.because)
		}
	}
	return findings
}

// domain packages can be used on their own, without this program around them.
var domain = []string{"tailer", "parser", "splitclients", "aggregator", "experiment", "proxy", "proxy/balance", "proxy/prefix", "proxy/egress", "proxy/advise"}

// A banRule keeps imports out of packages; tests may still have them.
type banRule struct {
	dirs    []string
	banned  []string // packages with all below them
	because string
}

// notStandard bans everything outside the standard library.
const notStandard = "not standard"

var banRules = []banRule{
	{domain, []string{modulePath + "/internal/config"},
		"a domain package takes its own Config; the file composes them"},
	{domain, []string{"log", "github.com/go-kit/log", "go.uber.org/zap"},
		"a domain package reports events through a struct of optional functions"},
	{domain, []string{"github.com/prometheus"},
		"a domain package returns Stats() values; the exporter translates"},
	{domain, []string{"flag", "github.com/spf13"},
		"a domain package has a Config, not a command line"},
	{[]string{"splitclients"}, []string{notStandard},
		"the leaf must cost whoever imports it nothing"},
	{[]string{"experiment"}, []string{"os", "net", "io/fs", "time/tzdata"},
		"pure functions do no I/O"},
	{[]string{"bench/compare", "bench/openloop", "bench/proxy"}, []string{notStandard},
		"the harness must not share code with what it measures"},
	{[]string{everything}, []string{"C"},
		"the program is one static binary"},
	{[]string{everything}, []string{"testing"},
		"helpers of tests do not ship"},
}

// brokenBanRules reports imports that are banned where they stand.
func brokenBanRules(t *tree, rules []banRule) (findings []string) {
	for _, rule := range rules {
		for _, file := range t.files {
			if file.test || !slices.Contains(rule.dirs, file.dir) && rule.dirs[0] != everything {
				continue
			}
			for _, spec := range file.Imports {
				imported := importPath(spec)
				banned := slices.ContainsFunc(rule.banned, func(name string) bool {
					return within(imported, name) || name == notStandard && !isStandard(imported)
				})
				if banned {
					findings = append(findings, t.finding(spec.Pos(), "%s must not import %s: %s",
						file.dir, imported, rule.because))
				}
			}
		}
	}
	return findings
}
