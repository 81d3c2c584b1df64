package agent

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/splitgauge/splitgauge/internal/report"
	"github.com/splitgauge/splitgauge/splitclients"
)

// nginxSite lays out a configuration with two logs, and returns its directory.
func nginxSite(t *testing.T) string {
	t.Helper()
	directory := t.TempDir()
	write(t, filepath.Join(directory, "nginx.conf"), `
events {}
http {
	split_clients "${remote_addr}AAA" $page { 0.5% .one; 2.0% .two; * ""; }
	log_format timed '$remote_addr [$msec] "$request" $status $request_time "$page"';
	access_log `+directory+`/timed.log timed;
	server {
		access_log `+directory+`/plain.log;
	}
}`)
	return directory
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// Lines of both logs. nginx places 10.0.1.250 in .one and 10.0.0.1 in "".
const (
	timedLine = "10.0.1.250 [1764036000.123] \"GET / HTTP/1.1\" 200 0.004 \".one\"\n"
	plainLine = "10.0.1.250 - - [25/Nov/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 1 \"-\" \"-\"\n"
)

func replayed(t *testing.T, config ReplayConfig) *report.Report {
	t.Helper()
	r, err := Replay(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestNginxOfThisHost wants a file that nginx writes, rotated or not, read by that
// nginx's format and splits, and any other file by neither.
func TestNginxOfThisHost(t *testing.T) {
	site, elsewhere := nginxSite(t), t.TempDir()
	for _, test := range []struct {
		name, text string
		format     string
		variant    bool
	}{
		{filepath.Join(site, "timed.log"), timedLine, "log_format timed", true},
		{filepath.Join(site, "timed.log.1"), timedLine, "log_format timed", true},
		{filepath.Join(site, "timed.log-20261125"), timedLine, "log_format timed", true},
		{filepath.Join(site, "plain.log"), plainLine, "log_format combined", true},
		{filepath.Join(site, "other.log"), plainLine, "combined", false},
		{filepath.Join(elsewhere, "plain.log"), plainLine, "combined", false},
		{filepath.Join(elsewhere, "timed.log"), timedLine, "log_format timed", false}, // a candidate, as any
	} {
		write(t, test.name, test.text)
		r := replayed(t, ReplayConfig{Inputs: []string{test.name}, Reading: Reading{HostNginxConf: filepath.Join(site, "nginx.conf")}})
		if got := r.Sources[0].Format; got != test.format {
			t.Errorf("%s is read as %s (%s); want %s", test.name, got, r.Sources[0].Reason, test.format)
		}
		if got := r.Snapshot.Variants[".one"] != nil; got != test.variant {
			t.Errorf("%s has a variant: %v; want %v", test.name, got, test.variant)
		}
		if test.variant && !strings.Contains(r.Split, site) {
			t.Errorf("%s: the report says %q of the split; want where it is from", test.name, r.Split)
		}
	}
}

// TestNginxAsked wants a configuration that was asked for to apply to all files,
// and --log to say how they are read.
func TestNginxAsked(t *testing.T) {
	site := nginxSite(t)
	conf := filepath.Join(site, "nginx.conf")
	copied := write(t, filepath.Join(t.TempDir(), "copied.log"), plainLine)
	r := replayed(t, ReplayConfig{Inputs: []string{copied}, Reading: Reading{NginxConf: conf}})
	if r.Snapshot.Variants[".one"] == nil {
		t.Error("the splits of a configuration that was asked for do not apply to a copied log")
	}
	timed := write(t, filepath.Join(t.TempDir(), "copied.log"), timedLine)
	for _, log := range []string{"timed", "timed.log", filepath.Join(site, "timed.log")} {
		r := replayed(t, ReplayConfig{Inputs: []string{timed}, Reading: Reading{NginxConf: conf, Log: log}})
		if r.Sources[0].Format != "log_format timed" || r.Snapshot.Lines.Parsed != 1 {
			t.Errorf("--log %s: read as %s, %d lines parsed", log, r.Sources[0].Format, r.Snapshot.Lines.Parsed)
		}
	}
	_, err := Replay(context.Background(), ReplayConfig{Inputs: []string{timed}, Reading: Reading{NginxConf: conf, Log: "nothing"}})
	if err == nil || !strings.Contains(err.Error(), `"nothing"`) || !strings.Contains(err.Error(), "timed.log") {
		t.Errorf("--log nothing: error %v; want it to quote the name and list the logs", err)
	}
	broken := write(t, filepath.Join(t.TempDir(), "nginx.conf"), "http {\n  log_format x;\n}\n")
	_, err = Replay(context.Background(), ReplayConfig{Inputs: []string{timed}, Reading: Reading{NginxConf: broken}})
	if err == nil || !strings.Contains(err.Error(), broken+":2:3") {
		t.Errorf("a broken configuration: error %v; want its place", err)
	}
	// One that was not asked for keeps nobody from replaying.
	r = replayed(t, ReplayConfig{Inputs: []string{copied}, Reading: Reading{HostNginxConf: broken}})
	if r.Snapshot.Lines.Parsed != 1 {
		t.Error("a broken configuration of this host keeps a log from being read")
	}
}

func TestMismatchReasons(t *testing.T) {
	split, err := splitclients.Parse(`split_clients "${arg_user}" $page { 50% a; 50% b; }`, splitclients.RuleFrom1312)
	if err != nil {
		t.Fatal(err)
	}
	// By the hashes of nginx: "" is 0, so in a; user-42 is 3766944517, in b;
	// u171226214 is 4294967294, in b or, before 1.31.2, in none.
	for _, test := range []struct{ key, logged, want string }{
		{"user-42", "b", ""},
		{"user-42", "c", unknownValue},
		{"u171226214", "", unknownValue},
		{"user-42", "a", emptyKey},
		{"", "b", absentKey},
		{"abcd", "b", otherValue}, // 646393889, in a
	} {
		log := write(t, filepath.Join(t.TempDir(), "access.log"), test.key+" 200 "+test.logged+"\n")
		r := replayed(t, ReplayConfig{Inputs: []string{log}, Reading: Reading{Format: "$arg_user $status $page", Split: split}})
		a := r.Snapshot.Assignments["page"]
		if a == nil || a.Checked != 1 {
			t.Errorf("%q logged as %q: checked %v; want 1", test.key, test.logged, a)
			continue
		}
		if test.want == "" && a.Mismatched() == 0 || a.Mismatches[test.want] == 1 {
			continue
		}
		t.Errorf("%q logged as %q: mismatches %v; want %q", test.key, test.logged, a.Mismatches, test.want)
	}
}
