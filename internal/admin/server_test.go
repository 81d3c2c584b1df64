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
	"testing"

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
	return s, &http.Client{Transport: transport}
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
		"127.0.0.1": http.StatusOK, "localhost": http.StatusOK, "[::1]": http.StatusOK,
		"evil.example": http.StatusForbidden, "localhost.evil.example": http.StatusForbidden,
	} {
		if status, _ := get(t, client, "http://"+host+":"+port+"/report", nil); status != want {
			t.Errorf("host %s: %d, want %d", host, status, want)
		}
	}
	if status, _ := get(t, client, "http://localhost:"+port+"/report", http.Header{"Origin": {"https://evil.example"}}); status != http.StatusForbidden {
		t.Errorf("another origin: %d", status)
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
