package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// startPrometheus starts Debian's Prometheus on a target until the test ends, and
// returns its address.
func startPrometheus(t *testing.T, target string) string {
	t.Helper()
	program, err := exec.LookPath("prometheus")
	if err != nil {
		if os.Getenv("CI") == "" {
			t.Skip("prometheus is not installed")
		}
		t.Fatal(err)
	}
	directory := t.TempDir()
	file := writeFile(t, directory, "prometheus.yml", fmt.Appendf(nil,
		"global: {scrape_interval: 200ms, scrape_timeout: 200ms}\nscrape_configs: [{job_name: splitgauge, static_configs: [{targets: [%q]}]}]\n", target))
	address := freeAddress(t)
	command := exec.Command(program, "--config.file="+file, "--storage.tsdb.path="+filepath.Join(directory, "data"), "--web.listen-address="+address)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Signal(syscall.SIGTERM)
		command.Wait()
	})
	return address
}

// askPrometheus returns the value of an instant query; empty where there is not
// exactly one.
func askPrometheus(address, expression string) string {
	response, err := http.Get("http://" + address + "/api/v1/query?query=" + url.QueryEscape(expression))
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	var answer struct {
		Data struct {
			Result []struct{ Value [2]any }
		}
	}
	if json.NewDecoder(response.Body).Decode(&answer) != nil || len(answer.Data.Result) != 1 {
		return ""
	}
	return fmt.Sprint(answer.Data.Result[0].Value[1])
}

// TestRunUnderPrometheus restarts the agent while a real Prometheus scrapes it:
// no counter is reset, and what was written meanwhile is there.
func TestRunUnderPrometheus(t *testing.T) {
	log := writeFile(t, t.TempDir(), "access.log", nil)
	configuration := fmt.Sprintf("nginx: {config: none}\nlogs: [{path: %q, format: combined}]\n", log)
	listen, state := freeAddress(t), t.TempDir()
	prometheus := startPrometheus(t, listen)
	total := 0
	for restart := range 3 {
		r := startRun(t, configuration, "--listen", listen, "--state-directory", state)
		r.listen = listen
		r.ready(t)
		appendFile(t, log, strings.Repeat(liveLine, 10))
		total += 10
		want := fmt.Sprint(total)
		eventually(t, fmt.Sprintf("Prometheus has %s after restart %d", want, restart), func() bool {
			return askPrometheus(prometheus, "sum(splitgauge_http_requests_total)") == want
		})
		r.stop()
		appendFile(t, log, strings.Repeat(liveLine, 7)) // while the agent is down
		total += 7
	}
	for _, counter := range []string{"http_requests_total", "http_response_bytes_total", "log_lines_total", "log_bytes_total", "log_rotations_total"} {
		if got := askPrometheus(prometheus, "max(resets(splitgauge_"+counter+"[5m]))"); got != "0" {
			t.Errorf("%s was reset: %q times, want 0", counter, got)
		}
	}
}
