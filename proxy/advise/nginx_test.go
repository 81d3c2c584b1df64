package advise_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/splitgauge/splitgauge/internal/nginxtest"
	"github.com/splitgauge/splitgauge/proxy/advise"
	"github.com/splitgauge/splitgauge/proxy/balance"
)

func TestNginxUpstream(t *testing.T) {
	p, a := poolOf(t, 1, 2, 1, 4, 4), &advise.Advice{}
	now := settle(a, p)
	advised(p, 1, 0.5)
	p.Stats.Servers[2].State = balance.Maint
	a.Step(p, at(now+10))
	var b bytes.Buffer
	if err := advise.NginxUpstream(&b, p, a); err != nil {
		t.Fatal(err)
	}
	want := `upstream app {
    random two least_conn;
    server 127.0.0.1:10000 weight=1;
    server 127.0.0.1:10001 weight=1;
    server 127.0.0.1:10002 down;
    server 127.0.0.1:10003 weight=4;
    server 127.0.0.1:10004 weight=4;
}
`
	if _, got, _ := strings.Cut(b.String(), "\n"); got != want {
		t.Errorf("wrote\n%s\nwant\n%s", got, want)
	}
	valid(t, b.String())
}

// TestNginxTakesWhatIsWritten has nginx look at names, addresses and weights at
// the bounds of what there may be.
func TestNginxTakesWhatIsWritten(t *testing.T) {
	config := balance.Config{}
	for _, address := range []string{"127.0.0.1:80", "[::1]:80", "unix:/run/app.sock", "localhost:81", `unix:/run/a b;"}\.sock`} {
		config.Servers = append(config.Servers, balance.ServerConfig{Address: address, Weight: balance.MaxWeight})
	}
	config.Servers[0].Weight = 1
	pool, err := balance.New(config)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"app", "the app", `a;}"\b`, "größe"} {
		var b bytes.Buffer
		if err := advise.NginxUpstream(&b, &advise.Pool{Name: name, Stats: pool.Stats(epoch)}, &advise.Advice{}); err != nil {
			t.Fatal(err)
		}
		valid(t, b.String())
	}
	for _, name := range []string{"a\nb", "a\x00", "\xff"} {
		var b bytes.Buffer
		if err := advise.NginxUpstream(&b, &advise.Pool{Name: name}, &advise.Advice{}); err == nil || b.Len() > 0 {
			t.Errorf("%q was written: %v", name, err)
		}
	}
}

// valid fails the test unless nginx takes a part of a configuration.
func valid(t *testing.T, upstream string) {
	t.Helper()
	dir := t.TempDir()
	text := "pid " + dir + "/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n" + upstream + "}\n"
	path := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	output, err := exec.Command(nginxtest.Binary(t), "-t", "-q", "-p", dir, "-c", path).CombinedOutput()
	if err != nil {
		t.Errorf("nginx does not take it: %v: %s\n%s", err, output, upstream)
	}
}
