package nginxtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocumentedFormats pastes each block of docs/nginx.md into a configuration,
// which nginx has to take.
func TestDocumentedFormats(t *testing.T) {
	binary := Binary(t)
	page, err := os.ReadFile("../../docs/nginx.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```nginx\n(.*?)```").FindAllSubmatch(page, -1)
	if len(blocks) < 4 {
		t.Fatalf("%d blocks in docs/nginx.md; want at least 4", len(blocks))
	}
	for _, block := range blocks {
		statements := string(block[1])
		if !strings.Contains(statements, "split_clients") {
			statements = "split_clients $remote_addr $variant { 50% a; * b; }\n" + statements
		}
		name := regexp.MustCompile(`log_format (\w+)`).FindStringSubmatch(statements)[1]
		directory := t.TempDir()
		conf := filepath.Join(directory, "nginx.conf")
		text := "pid nginx.pid;\nevents {}\nhttp {\n" + statements + "\naccess_log access.log " + name + ";\n}\n"
		if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		command := exec.Command(binary, "-t", "-q", "-p", directory, "-c", conf, "-e", "error.log")
		if output, err := command.CombinedOutput(); err != nil {
			t.Errorf("nginx refuses the format %s: %v\n%s", name, err, output)
		}
	}
}
