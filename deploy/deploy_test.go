package deploy

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// tool returns where a program is. Without it the test has no sense; where CI is
// set that is a failure.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if errors.Is(err, exec.ErrNotFound) {
		path, err = exec.LookPath("/usr/sbin/" + name)
	}
	if err != nil {
		if os.Getenv("CI") == "" {
			t.Skipf("%s is not here", name)
		}
		t.Fatal(err)
	}
	return path
}

// TestUnit has systemd's own tools look at the unit, with a program that is there
// in the place of splitgauge.
func TestUnit(t *testing.T) {
	analyze := tool(t, "systemd-analyze")
	unit, err := os.ReadFile("systemd/splitgauge.service")
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "splitgauge.service")
	if err := os.WriteFile(copied, bytes.ReplaceAll(unit, []byte("/usr/bin/splitgauge"), []byte(program)), 0o644); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.Command(analyze, "verify", copied).CombinedOutput(); err != nil || len(said) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, said)
	}

	said, err := exec.Command(analyze, "security", "--offline=yes", "--threshold=20", copied).CombinedOutput()
	if err != nil {
		t.Errorf("systemd-analyze security: %v: more exposed than 2.0\n%s", err, said)
	}
	measured := regexp.MustCompile(`exposure level for splitgauge.service: ([0-9.]+)`).FindSubmatch(said)
	stated := regexp.MustCompile(`exposure of ([0-9.]+)`).FindSubmatch(unit)
	if measured == nil || stated == nil || !bytes.Equal(measured[1], stated[1]) {
		t.Errorf("the unit says an exposure of %s, measured is %s", stated, measured)
	}
}

// TestSocketUnit has systemd look at the socket, with the service beside it.
func TestSocketUnit(t *testing.T) {
	analyze := tool(t, "systemd-analyze")
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	directory := t.TempDir()
	for _, name := range []string{"splitgauge.socket", "splitgauge.service"} {
		unit, err := os.ReadFile(filepath.Join("systemd", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(directory, name), bytes.ReplaceAll(unit, []byte("/usr/bin/splitgauge"), []byte(program)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if said, err := exec.Command(analyze, "verify", filepath.Join(directory, "splitgauge.socket")).CombinedOutput(); err != nil || len(said) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, said)
	}
}

// TestUnitSaysWhatIsNeeded holds what the program relies on.
func TestUnitSaysWhatIsNeeded(t *testing.T) {
	unit, err := os.ReadFile("systemd/splitgauge.service")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"Type=notify", "DynamicUser=yes", "StateDirectory=splitgauge", "SupplementaryGroups=adm", "LimitCORE=0",
		"ExecReload=/bin/kill -HUP $MAINPID", "WatchdogSec=30"} {
		if !strings.Contains(string(unit), "\n"+line+"\n") {
			t.Errorf("the unit has no %q", line)
		}
	}
	if strings.Contains(string(unit), "\nMemoryDenyWriteExecute=yes") {
		t.Error("MemoryDenyWriteExecute: the JSON decoder needs memory that becomes executable")
	}
}

// TestLogrotate has logrotate read the examples.
func TestLogrotate(t *testing.T) {
	logrotate := tool(t, "logrotate")
	for _, example := range []string{"nginx-create", "nginx-copytruncate"} {
		text, err := os.ReadFile(filepath.Join("logrotate", example))
		if err != nil {
			t.Fatal(err)
		}
		copied := filepath.Join(t.TempDir(), example)
		if err := os.WriteFile(copied, text, 0o644); err != nil {
			t.Fatal(err)
		}
		said, err := exec.Command(logrotate, "--debug", "--state", filepath.Join(t.TempDir(), "state"), copied).CombinedOutput()
		if err != nil || bytes.Contains(said, []byte("error:")) {
			t.Errorf("%s: %v\n%s", example, err, said)
		}
	}
}

// rules are Prometheus' alert rules, and the tests of them.
const (
	rules      = "prometheus/splitgauge.rules.yml"
	rulesTests = "prometheus/splitgauge.rules_test.yml"
)

// TestAlertRules has Prometheus' own tool check the rules, and run their tests.
func TestAlertRules(t *testing.T) {
	promtool := tool(t, "promtool")
	for _, arguments := range [][]string{{"check", "rules", rules}, {"test", "rules", rulesTests}} {
		if said, err := exec.Command(promtool, arguments...).CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(arguments, " "), err, said)
		}
	}
}

// declaredMetrics returns the labels of every metric there is, by its name, as
// docs/metrics.md has them, which is generated from where they are declared.
func declaredMetrics(t *testing.T) map[string][]string {
	t.Helper()
	page, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	metrics := make(map[string][]string)
	for _, row := range regexp.MustCompile("(?m)^\\| `(splitgauge_[a-z0-9_]+)` \\| [a-z]+ \\| ([^|]*) \\|").FindAllStringSubmatch(string(page), -1) {
		metrics[row[1]] = strings.Fields(strings.ReplaceAll(row[2], "`", ""))
	}
	if len(metrics) < 50 {
		t.Fatalf("docs/metrics.md has %d metrics: its table is not what it was", len(metrics))
	}
	return metrics
}

// TestAlertRulesUseWhatThereIs holds every metric and label of the rules, and of
// their tests, against those that are declared: a rule on a metric that is called
// otherwise by now never fires, and nobody notices.
func TestAlertRulesUseWhatThereIs(t *testing.T) {
	metrics := declaredMetrics(t)
	labels := map[string]bool{"job": true, "instance": true} // every series has them from Prometheus
	for _, names := range metrics {
		for _, name := range names {
			labels[name] = true
		}
	}
	metric := regexp.MustCompile(`\b(splitgauge_[a-z0-9_]+)(?:\{([^}]*)\})?`)
	matcher := regexp.MustCompile(`([a-zA-Z_]+) ?(?:=~|!~|!=|=)`)
	for _, file := range []string{rules, rulesTests} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		used := 0
		for _, use := range metric.FindAllStringSubmatch(string(text), -1) {
			names, ok := metrics[use[1]]
			if !ok {
				t.Errorf("%s: no metric is called %q", file, use[1])
			}
			used++
			for _, name := range matcher.FindAllStringSubmatch(regexp.MustCompile(`"[^"]*"`).ReplaceAllString(use[2], ""), -1) {
				if name[1] != "job" && name[1] != "instance" && !slices.Contains(names, name[1]) {
					t.Errorf("%s: %s has no label %q, it has %q", file, use[1], name[1], names)
				}
			}
		}
		if used < 20 {
			t.Errorf("%s: %d metrics were found", file, used)
		}
		for _, list := range regexp.MustCompile(`\b(?:by|on|ignoring|without) ?\(([^)]*)\)|\$labels\.([a-zA-Z_]+)`).FindAllStringSubmatch(string(text), -1) {
			for _, name := range strings.FieldsFunc(list[1]+","+list[2], func(c rune) bool { return c == ',' || c == ' ' }) {
				if !labels[name] && !(file == rulesTests && slices.Contains([]string{"alertname", "severity"}, name)) {
					t.Errorf("%s: no metric has the label %q", file, name)
				}
			}
		}
	}
}

// TestAlertRulesAreTested wants the tests to have every alert fire.
func TestAlertRulesAreTested(t *testing.T) {
	text, err := os.ReadFile(rules)
	if err != nil {
		t.Fatal(err)
	}
	tests, err := os.ReadFile(rulesTests)
	if err != nil {
		t.Fatal(err)
	}
	alerts := regexp.MustCompile(`(?m)^ +- alert: (\w+)$`).FindAllStringSubmatch(string(text), -1)
	if len(alerts) < 15 {
		t.Errorf("%d alerts were found", len(alerts))
	}
	for _, alert := range alerts {
		if !regexp.MustCompile(`alertname="` + alert[1] + `"[^\n]*value: 1|alertname: ` + alert[1] + "\n +exp_alerts:").Match(tests) {
			t.Errorf("no test has %s fire", alert[1])
		}
	}
	for _, part := range []string{"severity", "summary", "description"} {
		if n := strings.Count(string(text), "\n          "+part+": ") + strings.Count(string(text), "{"+part+": "); n != len(alerts) {
			t.Errorf("%d of %d alerts have a %s", n, len(alerts), part)
		}
	}
	for _, verdict := range regexp.MustCompile(`verdict="([^"]*)"`).FindAllStringSubmatch(string(text), -1) {
		page, err := os.ReadFile("../docs/metrics.md")
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(page), "`"+verdict[1]+"`") {
			t.Errorf("there is no verdict %q", verdict[1])
		}
	}
}
