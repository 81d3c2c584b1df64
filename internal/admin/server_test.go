package admin

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/internal/report"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func someReport() *report.Report {
	snapshot := aggregator.NewSnapshot()
	snapshot.Lines.Parsed = 7
	return &report.Report{Snapshot: snapshot}
}

// serve runs a server until the test ends.
func serve(t *testing.T, listen string) (*Server, *http.Client) {
	t.Helper()
	s, err := New(Config{Listen: listen}, someReport)
	if err != nil {
		t.Fatal(err)
	}
	return s, run(t, s)
}

// run runs a server until the test ends, and returns a client that reaches it
// under any name.
func run(t *testing.T, s *Server) *http.Client {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return net.Dial(s.Addr().Network(), s.Addr().String())
	}}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return &http.Client{Transport: transport}
}

func get(t *testing.T, client *http.Client, url string, header http.Header) (int, string) {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		request.Header[name] = values
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// TestReportIsTheReport wants the bytes that replay -o json would write.
func TestReportIsTheReport(t *testing.T) {
	_, client := serve(t, "unix:"+filepath.Join(t.TempDir(), "admin.sock"))
	var want bytes.Buffer
	if err := report.WriteJSON(&want, someReport()); err != nil {
		t.Fatal(err)
	}
	if status, body := get(t, client, "http://agent/report", nil); status != http.StatusOK || body != want.String() {
		t.Errorf("%d %s, want %s", status, body, &want)
	}
	if status, body := get(t, client, "http://agent/report?format=text", nil); status != http.StatusOK || !strings.Contains(body, "7") {
		t.Errorf("text: %d %s", status, body)
	}
	if status, body := get(t, client, "http://agent/report?format=%3Cb%3E", nil); status != http.StatusBadRequest || !strings.Contains(body, "want json or text") {
		t.Errorf("another format: %d %s", status, body)
	}
	if status, body := get(t, client, "http://agent/debug/pprof/goroutine?debug=1", nil); status != http.StatusOK || !strings.Contains(body, "goroutine profile") {
		t.Errorf("profile: %d %s", status, body)
	}
}

// TestForeignPages tries what a page in the operator's browser could.
func TestForeignPages(t *testing.T) {
	s, client := serve(t, "127.0.0.1:0")
	_, port, _ := net.SplitHostPort(s.Addr().String())
	for host, want := range map[string]int{
		"127.0.0.1": http.StatusOK, "localhost": http.StatusOK, "LocalHost": http.StatusOK, "[::1]": http.StatusOK,
		"evil.example": http.StatusForbidden, "localhost.evil.example": http.StatusForbidden,
	} {
		if status, _ := get(t, client, "http://"+host+":"+port+"/report", nil); status != want {
			t.Errorf("host %s: %d, want %d", host, status, want)
		}
	}
	for _, test := range []struct {
		headers string // as a browser sends them
		want    int
	}{
		{"", http.StatusOK}, // not a browser
		{"Sec-Fetch-Site: none", http.StatusOK},
		{"Sec-Fetch-Site: same-origin", http.StatusOK},
		{"Sec-Fetch-Site: cross-site, Sec-Fetch-Mode: navigate, Sec-Fetch-Dest: document", http.StatusOK}, // a link
		{"Sec-Fetch-Site: cross-site, Sec-Fetch-Mode: navigate, Sec-Fetch-Dest: iframe", http.StatusForbidden},
		{"Sec-Fetch-Site: cross-site, Sec-Fetch-Mode: no-cors, Sec-Fetch-Dest: image", http.StatusForbidden},
		{"Sec-Fetch-Site: same-site, Sec-Fetch-Mode: cors", http.StatusForbidden}, // another port
		{"Origin: https://evil.example", http.StatusForbidden},
		{"Origin: null", http.StatusForbidden},
	} {
		header := make(http.Header)
		for line := range strings.SplitSeq(test.headers, ", ") {
			if name, value, ok := strings.Cut(line, ": "); ok {
				header.Set(name, value)
			}
		}
		if status, _ := get(t, client, "http://localhost:"+port+"/report", header); status != test.want {
			t.Errorf("%s: %d, want %d", test.headers, status, test.want)
		}
	}
	if response, err := client.Post("http://localhost:"+port+"/report", "text/plain", nil); err != nil || response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %v %v", response, err)
	} else {
		response.Body.Close()
	}
}

// TestSocket leaves a socket behind, and one that is in use alone.
func TestSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "admin.sock")
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	stale.SetUnlinkOnClose(false)
	stale.Close()
	before := syscall.Umask(0o077)
	defer syscall.Umask(before)
	serve(t, "unix:"+path)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != socketMode {
		t.Errorf("socket: %v %v, want mode %o", info, err, socketMode)
	}
	if _, err := New(Config{Listen: "unix:" + path}, someReport); err == nil || !strings.Contains(err.Error(), "somebody listens there") {
		t.Errorf("a second server: %v", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Config{Listen: "unix:" + file}, someReport); err == nil {
		t.Error("a file in the way was taken for a socket")
	}
}

// TestSocketIsNeverWider looks at the mode that the socket's name begins with.
func TestSocketIsNeverWider(t *testing.T) {
	before := syscall.Umask(0)
	defer syscall.Umask(before)
	path := filepath.Join(t.TempDir(), "admin.sock")
	config := net.ListenConfig{Control: restrict}
	listener, err := config.Listen(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != socketMode {
		t.Errorf("socket: %v %v, want mode %o", info.Mode(), err, socketMode)
	}
}

// TestSocketGoes holds that nothing is left once the server has ended.
func TestSocketGoes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "admin.sock")
	t.Run("run", func(t *testing.T) { serve(t, "unix:"+path) })
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("the socket is still there: %v", err)
	}
}

// TestProfileTakesItsTime asks for a profile that takes longer than anything else
// may.
func TestProfileTakesItsTime(t *testing.T) {
	s, err := New(Config{Listen: "127.0.0.1:0"}, someReport)
	if err != nil {
		t.Fatal(err)
	}
	s.server.WriteTimeout = 300 * time.Millisecond
	client := run(t, s)
	for _, path := range []string{"profile?seconds=1", "trace?seconds=0.5", "heap?seconds=1"} {
		if status, body := get(t, client, "http://localhost/debug/pprof/"+path, nil); status != http.StatusOK || len(body) == 0 {
			t.Errorf("%s: %d, %d bytes", path, status, len(body))
		}
	}
}

func TestNoReportYet(t *testing.T) {
	s, err := New(Config{Listen: "127.0.0.1:0"}, func() *report.Report { return nil })
	if err != nil {
		t.Fatal(err)
	}
	if status, body := get(t, run(t, s), "http://localhost/report", nil); status != http.StatusServiceUnavailable {
		t.Errorf("%d %s, want 503", status, body)
	}
}

func TestAddressInUse(t *testing.T) {
	s, client := serve(t, "127.0.0.1:0")
	if _, err := New(Config{Listen: s.Addr().String()}, someReport); err == nil || !strings.Contains(err.Error(), "cannot listen for reports on") {
		t.Errorf("got %v", err)
	}
	if status, _ := get(t, client, "http://localhost/nothing", nil); status != http.StatusNotFound {
		t.Errorf("another path: %d", status)
	}
}
