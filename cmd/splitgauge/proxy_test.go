package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// proxyGolden returns the path of what a run is compared with.
func proxyGolden(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("testdata", "proxy", name+".golden"))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestProxyCheck says what was understood, and what may not be meant.
func TestProxyCheck(t *testing.T) {
	golden := proxyGolden(t, "check")
	t.Chdir("testdata/proxy")
	got := run(t, nil, "proxy", "check", "-c", "check.yaml")
	got.check(t, 0)
	checkPrintable(t, "proxy check", got.out)
	compareGolden(t, golden, got.out)
}

// TestProxyCheckCountsDescriptors compares a limit of connections with that of
// descriptors, which is the machine's.
func TestProxyCheckCountsDescriptors(t *testing.T) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	const most = 1 << 20 // that a configuration may have
	for connections, warned := range map[uint64]bool{limit.Cur / 2: false, limit.Cur/2 + 1: true} {
		if connections > most {
			continue
		}
		file := writeFile(t, t.TempDir(), "splitgauge.yaml", fmt.Appendf(nil, "proxies: {connections: %d, listeners: [{address: \"127.0.0.1:80\", pool: a}], "+
			"pools: [{name: a, policy: random, servers: [\"10.0.0.1:80\"]}]}\n", connections))
		got := run(t, nil, "proxy", "check", "-c", file)
		got.check(t, 0)
		if says := strings.Contains(got.out, "descriptors, and a process may have"); says != warned {
			t.Errorf("%d connections of %d descriptors: warned %v:\n%s", connections, limit.Cur, says, got.out)
		}
	}
}

// TestProxyWrong tells everything that is wrong, with its place, and starts
// nothing.
func TestProxyWrong(t *testing.T) {
	for _, name := range []string{"wrong", "together"} {
		golden := proxyGolden(t, name)
		t.Run(name, func(t *testing.T) {
			t.Chdir("testdata/proxy")
			got := run(t, nil, "proxy", "check", "-c", name+".yaml")
			if got.code != exitUsage || got.out != "" {
				t.Errorf("code %d, stdout %q", got.code, got.out)
			}
			compareGolden(t, golden, got.err)
			for _, verb := range [][]string{{"proxy"}, {"proxy", "explain"}, {"proxy", "snippet"}, {"run"}} {
				if other := run(t, nil, append(verb, "-c", name+".yaml")...); other.code != exitUsage || other.err != got.err {
					t.Errorf("%q: code %d, %q", verb, other.code, other.err)
				}
			}
		})
	}
}

const explainedProxies = `admin: {listen: none}
proxies:
  listeners: [{name: web, address: "127.0.0.1:0", pool: app}]
  pools:
    - {name: app, policy: source_hash, servers: [{name: app1, address: "10.0.0.1:80", weight: 3}, {name: app2, address: "10.0.0.2:80"}, {name: app3, address: "10.0.0.3:80", weight: 0}]}
    - {name: "h\x1b[31m\n", servers: [{name: "s\x1b[31m\u202e", address: "10.0.0.1:80"}, "10.0.0.2:80"]}
`

// TestProxyExplain explains by the configuration alone: with nothing measured, and
// what is chosen does not depend on chance.
func TestProxyExplain(t *testing.T) {
	file := writeFile(t, t.TempDir(), "splitgauge.yaml", []byte(explainedProxies))
	text := run(t, nil, "proxy", "explain", "-c", file, "--offline", "--pool", "app", "192.0.2.7")
	text.check(t, 0)
	compareGolden(t, proxyGolden(t, "explain"), text.out)
	document := run(t, nil, "proxy", "explain", "-c", file, "--pool", "app", "-o", "json", "--marked", "app3", "::ffff:192.0.2.7")
	document.check(t, 0)
	compareGolden(t, proxyGolden(t, "explain.json"), document.out)
	hostile := run(t, nil, "proxy", "explain", "-c", file, "--pool", "h\x1b[31m\n", "192.0.2.7")
	hostile.check(t, 0)
	checkPrintable(t, "a hostile configuration", hostile.out)
}

// TestProxyUsage uses the verbs wrongly.
func TestProxyUsage(t *testing.T) {
	directory := t.TempDir()
	file := writeFile(t, directory, "splitgauge.yaml", []byte(explainedProxies))
	none := writeFile(t, directory, "none.yaml", []byte("hosts: true\n"))
	silent := writeFile(t, directory, "silent.yaml", []byte(strings.Replace(explainedProxies, "none", `"unix:`+directory+`/gone.sock"`, 1)))
	missing := filepath.Join(directory, "missing.yaml")
	for _, test := range []struct {
		arguments []string
		code      int
		says      string
	}{
		{[]string{"proxy", "-c", missing}, exitFailed, "no such file"},
		{[]string{"proxy", "check", "-c", missing}, exitFailed, "no such file"},
		{[]string{"proxy", "-c", none}, exitUsage, "no proxies: the configuration has neither proxies.listeners nor proxies.egress"},
		{[]string{"proxy", "check", "-c", none}, exitUsage, "no proxies"},
		{[]string{"proxy", "explain", "-c", none}, exitUsage, "no pools"},
		{[]string{"proxy", "stop"}, exitUsage, `unknown command "stop" for "splitgauge proxy"`},
		{[]string{"proxy", "-c", file, "--log-format", "xml"}, exitUsage, "want text or json"},
		{[]string{"proxy", "explain", "-c", file}, exitUsage, `which pool? There are ["app" "h\x1b[31m\n"]`},
		{[]string{"proxy", "explain", "-c", file, "--pool", "ap"}, exitUsage, `there is no pool "ap", want one of ["app"`},
		{[]string{"proxy", "explain", "-c", file, "--pool", "app", "localhost"}, exitUsage, `cannot explain the source "localhost": want an address`},
		{[]string{"proxy", "explain", "-c", file, "1.1.1.1", "1.1.1.2"}, exitUsage, "want one at most"},
		{[]string{"proxy", "explain", "-c", file, "-o", "csv"}, exitUsage, `cannot write output "csv"`},
		{[]string{"proxy", "snippet", "-c", file, "--pool", "app"}, exitFailed, "admin.listen is none"},
		{[]string{"proxy", "snippet", "-c", silent, "--pool", "app"}, exitFailed, "no instance is running: nobody listens on"},
	} {
		got := run(t, nil, test.arguments...)
		if got.code != test.code || !strings.Contains(got.err, test.says) || got.out != "" {
			t.Errorf("%q: code %d, %q, stdout %q; want %d and %q", test.arguments, got.code, got.err, got.out, test.code, test.says)
		}
		checkPrintable(t, strings.Join(test.arguments, " "), got.err)
	}
}

// TestProxyExplainDistrusts asks an instance that is none.
func TestProxyExplainDistrusts(t *testing.T) {
	for name, test := range map[string]struct {
		answer func(http.ResponseWriter)
		says   string
	}{
		"another program":     {func(w http.ResponseWriter) { http.Error(w, "what?\x1b[31m", http.StatusTeapot) }, `418 I'm a teapot: what?`},
		"no JSON":             {func(w http.ResponseWriter) { w.Write([]byte("<html>")) }, "cannot read what the running instance answers"},
		"null":                {func(w http.ResponseWriter) { w.Write([]byte("null")) }, "want an explanation"},
		"an endless answer":   {func(w http.ResponseWriter) { w.Write(make([]byte, longestAnswer+1)) }, "more than 8388608 bytes"},
		"a redirect for good": {func(w http.ResponseWriter) { w.Header().Set("Location", "/proxies/app/explain"); w.WriteHeader(302) }, "stopped after 10 redirects"},
	} {
		t.Run(name, func(t *testing.T) {
			directory := t.TempDir()
			listener, err := net.Listen("unix", filepath.Join(directory, "admin.sock"))
			if err != nil {
				t.Fatal(err)
			}
			server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { test.answer(w) })}
			go server.Serve(listener)
			defer server.Close()
			file := writeFile(t, directory, "splitgauge.yaml", []byte(explainedProxies))
			got := run(t, nil, "proxy", "explain", "-c", file, "--pool", "app", "--admin-listen", "unix:"+listener.Addr().String())
			if got.code != exitFailed || !strings.Contains(got.err, test.says) || got.out != "" {
				t.Errorf("code %d, %.300q, stdout %q; want %q", got.code, got.err, got.out, test.says)
			}
			checkPrintable(t, name, got.err)
		})
	}
}

// TestProxyTakenAddress does not start, and leaves nothing open.
func TestProxyTakenAddress(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	directory := t.TempDir()
	first := filepath.Join(directory, "first.sock")
	for _, part := range []string{
		`listeners: [{address: "unix:` + first + `", pool: app}, {address: "` + taken.Addr().String() + `", pool: app}]`,
		`listeners: [{address: "unix:` + first + `", pool: app}], egress: [{address: "` + taken.Addr().String() + `"}]`,
	} {
		file := writeFile(t, directory, "splitgauge.yaml", []byte("metrics: {listen: \"127.0.0.1:0\"}\nadmin: {listen: none}\n"+
			"proxies: {"+part+", pools: [{name: app, servers: [\"10.0.0.1:80\"]}]}\n"))
		got := run(t, nil, "proxy", "-c", file)
		got.check(t, exitFailed, "cannot listen", taken.Addr().String(), "address already in use")
		if _, err := os.Stat(first); err == nil {
			t.Error("the socket that was opened first is left behind")
		}
	}
}

// TestProxyExamples checks the configurations that the documents give.
func TestProxyExamples(t *testing.T) {
	page, err := os.ReadFile("../../docs/proxy.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(page), "```yaml\n")
	quickStart, _, closed := strings.Cut(rest, "```\n")
	if !ok || !closed {
		t.Fatal("docs/proxy.md has no configuration")
	}
	got := run(t, nil, "proxy", "check", "-c", writeFile(t, t.TempDir(), "splitgauge.yaml", []byte(quickStart)))
	got.check(t, 0)
	if !strings.Contains(string(page), got.out) {
		t.Errorf("docs/proxy.md does not say what proxy check says:\n%s", got.out)
	}
	example := run(t, nil, "proxy", "check", "-c", "../../deploy/proxy/splitgauge.yaml")
	example.check(t, 0)
	if warnings := strings.Count(example.out, "\n  - "); warnings > 1 || warnings == 1 && !strings.Contains(example.out, "access_log") {
		t.Errorf("the example is warned of:\n%s", example.out)
	}
}
