package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// measureCommand, as the first argument, makes the test's binary run the rest
// of its arguments and say how much memory that took.
const measureCommand = "run-and-measure"

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == measureCommand {
		os.Exit(measure(os.Args[2:]))
	}
	testscript.Main(tidy{m}, map[string]func(){"splitgauge": main})
}

// tidy runs tests and takes away what program has built.
type tidy struct{ *testing.M }

func (m tidy) Run() int {
	defer func() {
		if binary.directory != "" {
			os.RemoveAll(binary.directory)
		}
	}()
	return m.M.Run()
}

// result is what a run of the command left behind.
type result struct {
	code     int
	out, err string
}

// run runs the command in this process.
func run(t *testing.T, in io.Reader, arguments ...string) result {
	t.Helper()
	return runContext(t, context.Background(), in, arguments...)
}

func runContext(t *testing.T, ctx context.Context, in io.Reader, arguments ...string) result {
	t.Helper()
	if in == nil {
		in = strings.NewReader("")
	}
	var out, err bytes.Buffer
	command := newRootCommand(terminal{in: in, out: &out, err: &err})
	command.SetArgs(arguments)
	code := exitCode(command.ExecuteContext(ctx), &err)
	return result{code, out.String(), err.String()}
}

// numbers are the parts of a JSON report that most tests look at.
type numbers struct {
	Lines struct {
		Total, Parsed, Partial, Unparsed, Bytes int64
		NULBytes                                int64 `json:"nul_bytes"`
		Reasons                                 map[string]int64
	}
	Requests struct {
		Total     int64
		Status    map[string]int64
		BytesSent int64 `json:"bytes_sent"`
	}
	Variants []struct {
		Variant  string
		Requests int64
	}
	Hosts     []struct{ Host string }
	Upstreams []struct{ Server string }
	Paths     []struct{ Path string }
}

// numbers reads the report of a run with -o json.
func (r result) numbers(t *testing.T) (n numbers) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.out), &n); err != nil {
		t.Fatalf("%v; exit code %d, stderr %q, stdout %.300q", err, r.code, r.err, r.out)
	}
	return n
}

// check holds a run against an exit code and texts that stderr has.
func (r result) check(t *testing.T, code int, stderr ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit code %d, want %d; stderr %q", r.code, code, r.err)
	}
	if len(stderr) == 0 && r.err != "" {
		t.Errorf("stderr %q, want nothing", r.err)
	}
	for _, text := range stderr {
		if !strings.Contains(r.err, text) {
			t.Errorf("stderr %q, want it to have %q", r.err, text)
		}
	}
	if strings.Contains(r.err, "panic") || strings.Contains(r.err, "goroutine") {
		t.Errorf("stderr %q", r.err)
	}
}

// shows reports texts that the output lacks, however its lines are broken.
func (r result) shows(t *testing.T, texts ...string) {
	t.Helper()
	words := strings.Join(strings.Fields(r.out), " ")
	for _, text := range texts {
		if !strings.Contains(r.out, text) && !strings.Contains(words, text) {
			t.Errorf("stdout has no %q:\n%s", text, r.out)
		}
	}
}

func writeFile(t *testing.T, directory, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(directory, name)
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// binary is the program, built once and only when a test needs it.
var binary struct {
	once      sync.Once
	directory string
	err       error
}

// program returns the path of the built program, which anybody may run. It is
// built without the race detector, which would take most of the memory.
func program(t *testing.T) string {
	t.Helper()
	binary.once.Do(func() {
		if binary.directory, binary.err = os.MkdirTemp("", "splitgauge-test-"); binary.err != nil {
			return
		}
		if binary.err = os.Chmod(binary.directory, 0o755); binary.err != nil {
			return
		}
		build := exec.Command("go", "build", "-o", binary.directory, ".")
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false")
		if output, err := build.CombinedOutput(); err != nil {
			binary.err = fmt.Errorf("%w: %s", err, output)
		}
	})
	if binary.err != nil {
		t.Fatal("cannot build the program:", binary.err)
	}
	return filepath.Join(binary.directory, "splitgauge")
}

// measure runs a command and writes its peak memory in KiB as the last line of
// stderr. A process of its own has to do that: the kernel's number of a child
// begins with the memory of the process that started it.
func measure(command []string) int {
	child := exec.Command(command[0], command[1:]...)
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := child.Run()
	if child.ProcessState == nil {
		fmt.Fprintln(os.Stderr, err)
		return 127
	}
	fmt.Fprintf(os.Stderr, "%d\n", child.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
	return child.ProcessState.ExitCode()
}
