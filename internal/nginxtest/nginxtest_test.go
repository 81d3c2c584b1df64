package nginxtest

import (
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func hello(addresses []string) string {
	return `log_format line '$status $uri'; server { listen ` + addresses[0] + `; access_log access.log line; include extra/*.conf; }`
}

func get(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestStart(t *testing.T) {
	config := Config{Ports: 2, HTTP: hello, Files: map[string]string{"extra/a.conf": `location / { return 200 "hello $uri"; }`}}
	var first *Server
	t.Run("running", func(t *testing.T) {
		first = Start(t, config)
		second := Start(t, config) // side by side
		for _, s := range []*Server{first, second} {
			if got := get(t, "http://"+s.Addresses[0]+"/x"); got != "hello /x" {
				t.Errorf("body %q", got)
			}
			if conn, err := net.Dial("tcp", s.Addresses[1]); err == nil {
				conn.Close()
				t.Errorf("somebody listens on %s", s.Addresses[1])
			}
		}
		if first.Addresses[0] == first.Addresses[1] || first.Prefix == second.Prefix {
			t.Errorf("addresses %q, prefixes %q and %q", first.Addresses, first.Prefix, second.Prefix)
		}
		if first.Version != Version(t) || strings.Count(first.Version, ".") < 2 {
			t.Errorf("version %q", first.Version)
		}

		// USR1 makes nginx open its logs anew.
		log := filepath.Join(first.Prefix, "access.log")
		if err := os.Rename(log, log+".1"); err != nil {
			t.Fatal(err)
		}
		first.Signal(t, syscall.SIGUSR1)
		waitForFile(t, log)
	})
	if conn, err := net.Dial("tcp", first.Addresses[0]); err == nil {
		conn.Close()
		t.Error("nginx still accepts connections after its test")
	}
}

func waitForFile(t *testing.T, path string) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(startTimeout)
	for {
		if _, err := os.Stat(path); err == nil {
			return
		}
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("there is still no %s", path)
		}
	}
}

func TestStartSaysWhatNginxSays(t *testing.T) {
	binary := Binary(t)
	_, err := start(binary, t.TempDir(), Config{HTTP: func([]string) string { return "nonsense on;" }})
	if err == nil || !strings.Contains(err.Error(), `unknown directive "nonsense"`) {
		t.Errorf("error %v, want nginx's own", err)
	}
}

// TestStartTriesOtherPorts takes the first port that nginx is told.
func TestStartTriesOtherPorts(t *testing.T) {
	binary := Binary(t)
	var taken net.Listener
	s, err := start(binary, t.TempDir(), Config{HTTP: func(addresses []string) string {
		if taken == nil {
			var err error
			if taken, err = net.Listen("tcp", addresses[0]); err != nil {
				t.Error(err)
			}
		}
		return hello(addresses)
	}})
	if taken != nil {
		defer taken.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	if s.Addresses[0] == taken.Addr().String() {
		t.Errorf("nginx runs on %s, which is taken", s.Addresses[0])
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
}

func TestParseVersion(t *testing.T) {
	for output, want := range map[string]string{
		"nginx version: nginx/1.22.1\n":             "1.22.1",
		"nginx version: nginx/1.18.0 (Ubuntu)\n":    "1.18.0",
		"nginx version: openresty/1.25.3.1\nmore\n": "1.25.3.1",
	} {
		if got, err := parseVersion(output); err != nil || got != want {
			t.Errorf("parseVersion(%q) = %q, %v, want %q", output, got, err, want)
		}
	}
	for _, output := range []string{"", "nginx", "nginx version: ", "nginx version: nginx/"} {
		if got, err := parseVersion(output); err == nil {
			t.Errorf("parseVersion(%q) = %q, want an error", output, got)
		}
	}
}
