package nginxtest

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Binary returns the path of nginx. Where there is none, the test is skipped;
// with CI=true it fails.
func Binary(t testing.TB) string {
	t.Helper()
	path, err := findBinary()
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%v: on Debian it is in nginx-light", err)
		}
		t.Skip(err)
	}
	return path
}

// findBinary also looks where Debian keeps nginx and only root's PATH points.
func findBinary() (string, error) {
	path, err := exec.LookPath("nginx")
	if err == nil {
		return path, nil
	}
	if path, secondErr := exec.LookPath("/usr/sbin/nginx"); secondErr == nil {
		return path, nil
	}
	return "", fmt.Errorf("cannot find nginx: %w", err)
}

// Version returns the version of nginx, for example "1.22.1".
func Version(t testing.TB) string {
	t.Helper()
	output, err := exec.Command(Binary(t), "-v").CombinedOutput()
	if err != nil {
		t.Fatalf("cannot ask nginx for its version: %v: %s", err, output)
	}
	version, err := parseVersion(string(output))
	if err != nil {
		t.Fatal(err)
	}
	return version
}

// parseVersion reads "nginx version: nginx/1.22.1 (Ubuntu)".
func parseVersion(output string) (string, error) {
	_, version, found := strings.Cut(output, "version: ")
	if found {
		_, version, found = strings.Cut(version, "/")
	}
	fields := strings.Fields(version)
	if !found || len(fields) == 0 {
		return "", fmt.Errorf("cannot find a version in %q, want for example %q", output, "nginx version: nginx/1.22.1")
	}
	return fields[0], nil
}
