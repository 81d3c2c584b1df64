package nginxconf

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestCorpusAgainstNginx asks the nginx that is installed about each
// configuration of the corpus. A configuration whose first line is
//
//	# nginx accepts: …
//	# nginx refuses: part of its message
//
// is one on which the two are known to differ.
func TestCorpusAgainstNginx(t *testing.T) {
	binary, err := exec.LookPath("nginx")
	if err != nil {
		binary, err = exec.LookPath("/usr/sbin/nginx") // where Debian has it, and only root looks
	}
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("nginx is needed (on Debian: nginx-light): %v", err)
		}
		t.Skipf("nginx is needed (on Debian: nginx-light): %v", err)
	}
	n := nginx{binary, streamModule(t, binary)}
	if output, err := n.run(t, t.TempDir(), "events { }\nhttp { server { } }\n", "-t"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("nginx refuses what it should take: %v\n%s", err, output)
		}
		t.Skipf("nginx refuses what it should take, has it to be run as root? %v\n%s", err, output)
	}
	for _, name := range cases(t) {
		t.Run(name, func(t *testing.T) { n.compare(t, name) })
	}
}

// nginx is a program to compare with.
type nginx struct {
	binary  string
	modules string // statements that load modules
}

// streamModule returns the statement that loads nginx's module for stream, or
// nothing if it has none.
func streamModule(t *testing.T, binary string) string {
	output, err := exec.Command(binary, "-V").CombinedOutput()
	if err != nil {
		t.Fatalf("nginx -V: %v\n%s", err, output)
	}
	found := regexp.MustCompile(`--modules-path=(\S+)`).FindSubmatch(output)
	if found == nil {
		return ""
	}
	module := filepath.Join(string(found[1]), "ngx_stream_module.so")
	if _, err := os.Stat(module); err != nil {
		t.Logf("stream is not compared: %v", err)
		return ""
	}
	return "load_module " + module + "; "
}

// run runs nginx on the configuration in a prefix; text, if any, is written
// there first.
func (n nginx) run(t *testing.T, prefix, text string, arguments ...string) ([]byte, error) {
	main := filepath.Join(prefix, "conf", "nginx.conf")
	for _, dir := range []string{"conf", "logs"} {
		if err := os.MkdirAll(filepath.Join(prefix, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if text != "" {
		if err := os.WriteFile(main, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	arguments = append(arguments, "-q", "-p", prefix, "-c", main, "-g", n.modules+"pid logs/nginx.pid;")
	return exec.Command(n.binary, arguments...).CombinedOutput()
}

// compare compares what nginx and Parse make of a configuration.
func (n nginx) compare(t *testing.T, name string) {
	prefix := t.TempDir()
	if err := os.CopyFS(filepath.Join(prefix, "conf"), os.DirFS(filepath.Join(corpus, name))); err != nil {
		t.Fatal(err)
	}
	output, refused := n.run(t, prefix, "", "-t")
	main := filepath.Join(prefix, "conf", "nginx.conf")
	config, err := Parse(main, Options{})

	text, _ := os.ReadFile(main)
	first, _, _ := strings.Cut(string(text), "\n")
	message, mayRefuse := strings.CutPrefix(first, "# nginx refuses: ")
	switch {
	case strings.HasPrefix(first, "# nginx accepts: "):
		if refused != nil || err == nil {
			t.Errorf("nginx accepts is %t, we say %v", refused == nil, err)
		}
	case mayRefuse && refused != nil:
		if !strings.Contains(string(output), message) {
			t.Errorf("nginx says %s, want %q", output, message)
		}
	case (refused == nil) != (err == nil):
		t.Errorf("nginx accepts is %t:\n%s\nwe say %v", refused == nil, output, err)
	}
	if refused == nil && err == nil {
		n.compareFiles(t, prefix, config)
	}
}

// compareFiles compares the files that nginx -T shows with those that Parse
// has read, and what ParseDump makes of its output with what Parse made.
func (n nginx) compareFiles(t *testing.T, prefix string, config *Config) {
	output, err := n.run(t, prefix, "", "-T")
	if err != nil {
		t.Fatalf("nginx -T: %v\n%s", err, output)
	}
	var want []string
	for line := range strings.Lines(string(output)) {
		if name, ok := sectionName(line); ok {
			want = append(want, name)
		}
	}
	if !slices.Equal(config.Files, want) {
		t.Errorf("read files\n%q, nginx read\n%q", config.Files, want)
	}
	dumped, err := ParseDump(bytes.NewReader(output), Options{})
	if err != nil {
		t.Fatalf("%v in\n%s", err, output)
	}
	if got, want := describe(dumped), describe(config); got != want {
		t.Errorf("from nginx -T:\n%s\nfrom the files:\n%s", got, want)
	}
}
