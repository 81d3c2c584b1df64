package conformance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"
)

// programName is the environment variable that says which program is tested.
// Where it is not set, TestMain builds one and sets it.
const programName = "SPLITGAUGE_CONFORMANCE_PROGRAM"

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

// runTests runs all tests and looks for goroutines that they have left behind.
func runTests(m *testing.M) int {
	if os.Getenv(programName) == "" {
		directory, err := os.MkdirTemp("", "conformance")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(directory)
		program, err := build(directory)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		os.Setenv(programName, program)
	}
	code := m.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// build builds splitgauge where every user can run it.
func build(directory string) (program string, err error) {
	program = filepath.Join(directory, "splitgauge")
	command := exec.Command("go", "build", "-o", program, "../../cmd/splitgauge")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("cannot build splitgauge: %w\n%s", err, output)
	}
	return program, os.Chmod(directory, 0o755)
}
