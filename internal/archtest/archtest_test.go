package archtest

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"
)

// rules are all rules on source, by the name of their subtest.
var rules = []struct {
	name   string
	broken func(*tree) []string
}{
	{"imports", func(t *tree) []string { return brokenPackageRules(t, packageRules) }},
	{"homes", func(t *tree) []string { return brokenHomeRules(t, homeRules) }},
	{"bans", func(t *tree) []string { return brokenBanRules(t, banRules) }},
	{"docs", brokenPackageDocs},
	{"sizes", brokenFileSizes},
	{"inits", brokenInits},
	{"sleeps", brokenSleeps},
	{"skips", brokenSkips},
	{"allocations", brokenAllocations},
	{"paths", brokenPaths},
}

func TestRepository(t *testing.T) {
	source, err := loadTree(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) {
			for _, finding := range rule.broken(source) {
				t.Error(finding)
			}
		})
	}
}

func TestGoMod(t *testing.T) {
	command := exec.Command("go", "mod", "edit", "-json")
	command.Dir = "../.."
	output, err := command.Output()
	if err != nil {
		t.Fatalf("go mod edit -json: %v", err)
	}
	var mod struct {
		Module  struct{ Path string }
		Go      string
		Replace []struct{ Old, New struct{ Path string } }
	}
	if err := json.Unmarshal(output, &mod); err != nil {
		t.Fatal(err)
	}
	if mod.Module.Path != modulePath {
		t.Errorf("go.mod: module %s, want %s: importers rely on the path", mod.Module.Path, modulePath)
	}
	if !strings.HasPrefix(mod.Go+".", "1.26.") {
		t.Errorf("go.mod: go %s, want 1.26: raise it in its own change, with this test", mod.Go)
	}
	for _, replace := range mod.Replace {
		t.Errorf("go.mod: replace %s => %s: go install ignores replacements, so that users would build something else",
			replace.Old.Path, replace.New.Path)
	}
}

// TestRulesCatch breaks every rule in a small tree and looks for the finding.
func TestRulesCatch(t *testing.T) {
	const root = `import _ "github.com/splitgauge/splitgauge/`
	tests := []struct {
		name string // of the rule, then what is broken
		path string
		text string
		want string // part of the one finding, or "" for none
	}{
		{"imports/backwards", "tailer/a.go", "package tailer\n" + root + `parser"`, "tailer/a.go:2:8: tailer must not import parser"},
		{"imports/sibling", "exporter/a.go", "package exporter\n" + root + `proxy"`, "exporter must not import proxy: it may import splitclients, aggregator, experiment"},
		{"imports/unknown", "misc/a.go", "package misc", "package misc has no rule"},
		{"imports/leaf", "proxy/a.go", "package proxy\n" + root + `splitclients"`, ""},
		{"imports/leaf outwards", "splitclients/a.go", "package splitclients\n" + root + `tailer"`, "it may import no package of the project"},
		{"imports/assembler", "internal/agent/a.go", "package agent\n" + root + `proxy/balance"`, ""},
		{"imports/assembler of test data", "internal/agent/a.go", "package agent\n" + root + `internal/loggen"`, "must not import internal/loggen"},
		{"imports/nginx of tests", "internal/agent/a.go", "package agent\n" + root + `internal/nginxtest"`, "must not import internal/nginxtest"},
		{"imports/test data in a test", "parser/a_test.go", "package parser_test\n" + root + `internal/loggen"`, ""},
		{"imports/own package in a test", "parser/a_test.go", "package parser_test\n" + root + `parser"`, ""},
		{"imports/too much in a test", "tailer/a_test.go", "package tailer\n" + root + `aggregator"`, "tailer must not import aggregator"},
		{"homes/elsewhere", "internal/report/a.go", "package report\nimport _ \"github.com/bytedance/sonic/decoder\"", "only parser, bench/sonicloop may"},
		{"homes/required", "cmd/splitgauge/a.go", "package main", "github.com/spf13/cobra is required since cmd/splitgauge/ exists"},
		{"homes/required in a test", "parser/a_test.go", "package parser\nimport _ \"github.com/bytedance/sonic\"", "nothing that ships imports it"},
		{"homes/at home", "cmd/splitgauge/a.go", "package main\nimport _ \"github.com/spf13/cobra\"", ""},
		{"bans/logger", "tailer/a.go", "package tailer\nimport _ \"log/slog\"", "tailer must not import log/slog: a domain package reports events"},
		{"bans/library in the leaf", "splitclients/a.go", "package splitclients\nimport _ \"github.com/cespare/xxhash/v2\"", "the leaf must cost"},
		{"bans/I/O", "experiment/a.go", "package experiment\nimport _ \"net/http\"", "pure functions do no I/O"},
		{"bans/cgo", "internal/admin/a.go", "package admin\nimport \"C\"", "one static binary"},
		{"bans/logger elsewhere", "internal/agent/a.go", "package agent\nimport _ \"log/slog\"", ""},
		{"bans/testing", "internal/report/a.go", "package report\nimport _ \"testing\"", "helpers of tests do not ship"},
		{"bans/testing in a package for tests", "internal/nginxtest/a.go", "package nginxtest\nimport _ \"testing\"", ""},
		{"docs/none", "tailer/a.go", "package tailer", "tailer: no file has a package comment"},
		{"docs/form", "tailer/a.go", "// The tailer.\npackage tailer", `must start with "Package tailer "`},
		{"docs/command", "cmd/splitgauge/a.go", "// Command splitgauge reads.\npackage main", ""},
		{"sizes/long", "tailer/a.go", "package tailer\n" + strings.Repeat("\n", maxFileLines), "tailer/a.go: 601 lines"},
		{"inits/init", "tailer/a.go", "package tailer\nfunc init() {}", "tailer/a.go:2:1: init runs"},
		{"inits/method", "tailer/a.go", "package tailer\ntype t int\nfunc (t) init() {}", ""},
		{"sleeps/sleep", "tailer/a_test.go", "package tailer\nfunc f() { time.Sleep(1) }", "tailer/a_test.go:2:12: time.Sleep"},
		{"sleeps/package for tests", "internal/nginxtest/a.go", "package nginxtest\nfunc f() { time.Sleep(1) }", "internal/nginxtest/a.go:2:12: time.Sleep"},
		{"sleeps/fake clock", "tailer/a_test.go", "package tailer\nfunc f() { synctest.Test(t, func() { time.Sleep(1) }) }", ""},
		{"skips/bare", "tailer/a_test.go", "package tailer\nfunc f() { t.Skip() }", "must not skip where CI=true"},
		{"skips/other variable", "tailer/a_test.go", "package tailer\nfunc f() { if os.Getenv(\"CD\") == \"\" { t.Skipf(\"\") } }", "must not skip"},
		{"skips/asked", "tailer/a_test.go", "package tailer\nfunc f() { if os.Getenv(\"CI\") == \"\" { t.Skip() } }", ""},
		{"allocations/name", "tailer/a_test.go", "package tailer\nfunc TestNext() { testing.AllocsPerRun(1, f) }", "TestNext counts allocations"},
		{"allocations/found", "tailer/a_test.go", "package tailer\nfunc TestNextAllocations() { testing.AllocsPerRun(1, f) }", ""},
		{"paths/literal", "tailer/a.go", "package tailer\nconst a = \"/tmp/x\"", "/tmp/ is a path of one machine"},
		{"paths/in a test", "tailer/a_test.go", "package tailer\nconst a = \"/tmp/x\"", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			source, err := loadTree(fstest.MapFS{test.path: {Data: []byte(test.text)}})
			if err != nil {
				t.Fatal(err)
			}
			subject, _, _ := strings.Cut(test.name, "/")
			for _, rule := range rules {
				if rule.name != subject {
					continue
				}
				got := rule.broken(source)
				switch {
				case test.want == "" && len(got) > 0:
					t.Errorf("unexpected: %s", got)
				case test.want != "" && (len(got) != 1 || !strings.Contains(got[0], test.want)):
					t.Errorf("got %q, want one finding with %q", got, test.want)
				}
			}
		})
	}
}

// TestTwoPackageDocs is apart because it takes two files.
func TestTwoPackageDocs(t *testing.T) {
	source, err := loadTree(fstest.MapFS{
		"tailer/a.go": {Data: []byte("// Package tailer reads.\npackage tailer")},
		"tailer/b.go": {Data: []byte("// Package tailer reads.\npackage tailer")},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := brokenPackageDocs(source)
	if len(got) != 1 || got[0] != "tailer/a.go and tailer/b.go both have a package comment: keep one, in doc.go" {
		t.Errorf("got %q", got)
	}
}
