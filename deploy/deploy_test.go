package deploy

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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
