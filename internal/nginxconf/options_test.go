package nginxconf

import (
	"os"
	"path/filepath"
	"testing"
)

func TestDefaultPrefix(t *testing.T) {
	for main, want := range map[string]string{
		"/etc/nginx/nginx.conf":            "/etc/nginx/logs/a.log",
		"/usr/local/nginx/conf/nginx.conf": "/usr/local/nginx/logs/a.log",
		"conf/nginx.conf":                  "./logs/a.log",
		"nginx.conf":                       "logs/a.log",
	} {
		config, err := Parse(main, Options{Open: inMemory(map[string]string{main: "http { access_log logs/a.log; server { } }"}).Open})
		if err != nil {
			t.Fatal(err)
		}
		if got := config.AccessLogs[0].File; got != want {
			t.Errorf("%s: log at %s, want %s", main, got, want)
		}
	}
}

func TestDefaultLog(t *testing.T) {
	files := map[string]string{"/c/nginx.conf": "http { server { } }"}
	options := inMemory(files)
	config, err := Parse("/c/nginx.conf", options)
	if err != nil {
		t.Fatal(err)
	}
	if got := config.AccessLogs[0]; got.File != "/prefix/logs/access.log" || got.Format.Name != "combined" || got.Scope != nil {
		t.Errorf("got %+v", got)
	}
	options.HTTPLogPath = "/dev/stdout"
	config, err = Parse("/c/nginx.conf", options)
	if err != nil {
		t.Fatal(err)
	}
	if got := config.AccessLogs[0]; got.File != "/dev/stdout" || got.NotFollowable == "" {
		t.Errorf("got %+v", got)
	}
}

// The working directory is where relative names start, as everywhere.
func TestDisk(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("conf.d", 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"nginx.conf":    "http { include conf.d/*.conf; }",
		"conf.d/b.conf": "log_format b x;",
		"conf.d/a.conf": "log_format a x;",
	} {
		if err := os.WriteFile(filepath.FromSlash(name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	config, err := Parse("nginx.conf", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := config.LogFormats[1].Position.String(); got != "conf.d/a.conf:1:1" {
		t.Errorf("first format at %s", got)
	}
}
