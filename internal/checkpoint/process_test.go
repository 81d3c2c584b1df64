package checkpoint

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func mkfifo(path string) error { return unix.Mkfifo(path, 0o600) }

// runChild is another process. It returns its exit code.
func runChild(role, directory string) int {
	s, err := Open(directory)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	state, err := s.Load()
	if err != nil {
		fmt.Println(err)
		return 1
	}
	switch role {
	case "hold": // until the parent closes the pipe
		fmt.Println("open")
		_, _ = io.Copy(io.Discard, os.Stdin)
	case "save": // until it is killed
		n := int64(0)
		if state != nil {
			n = state.Logs[0].Dropped
		}
		for {
			n++
			if _, err := s.Save(numbered(n)); err != nil {
				fmt.Println(err)
				return 1
			}
			fmt.Println(n)
		}
	}
	return 0
}

// child is this test program in another role.
type child struct {
	*exec.Cmd
	input  io.Closer
	output *bufio.Scanner
}

func startChild(t *testing.T, role, directory string) *child {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{Cmd: exec.Command(program)}
	c.Env = append(os.Environ(), "CHECKPOINT_TEST_ROLE="+role, "CHECKPOINT_TEST_DIRECTORY="+directory)
	c.Stderr = os.Stderr
	if c.input, err = c.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	output, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.output = bufio.NewScanner(output)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill() // it is gone already, unless the test has failed
		_ = c.Wait()
	})
	return c
}

func (c *child) line() string {
	c.output.Scan()
	return c.output.Text()
}

// TestSecondProcessIsRefused, until the first one has ended, whichever way.
func TestSecondProcessIsRefused(t *testing.T) {
	for _, end := range []string{"closed", "killed"} {
		t.Run(end, func(t *testing.T) {
			directory := t.TempDir()
			first := startChild(t, "hold", directory)
			if got := first.line(); got != "open" {
				t.Fatalf("the first process says %q", got)
			}
			_, err := Open(directory)
			locked := (*LockedError)(nil)
			if !errors.As(err, &locked) || locked.PID != first.Process.Pid || locked.Directory != directory {
				t.Fatalf("got %v, want that process %d has it", err, first.Process.Pid)
			}
			for _, want := range []string{strconv.Quote(directory), strconv.Itoa(first.Process.Pid)} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error is %q, without %s", err, want)
				}
			}
			second := startChild(t, "hold", directory)
			if got := second.line(); got != err.Error() {
				t.Errorf("the second process says %q", got)
			}
			if end == "killed" {
				_ = first.Process.Kill()
			} else {
				first.input.Close()
			}
			_ = first.Wait()
			open(t, directory)
		})
	}
}

func TestSecondStoreIsRefused(t *testing.T) {
	directory := t.TempDir()
	s := open(t, directory)
	if _, err := Open(directory); !errors.As(err, new(*LockedError)) {
		t.Errorf("got %v", err)
	}
	s.Close()
	open(t, directory)
}

func TestPIDOfLock(t *testing.T) {
	for text, want := range map[string]int{"": 0, "12\n": 12, "-1\n": 0, "1 2": 0, "99999999999999999999999": 0, "x": 0} {
		if got := readPID(strings.NewReader(text)); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}

// TestKilledWhileSaving kills a process that does nothing but save, at any
// moment: what is loaded is whole, and not older than what was reported saved.
func TestKilledWhileSaving(t *testing.T) {
	directory := t.TempDir()
	last := int64(0)
	between := 0 // how often a save was under way and had happened
	for range 50 {
		c := startChild(t, "save", directory)
		first := c.line()
		if _, err := strconv.Atoi(first); err != nil {
			t.Fatalf("the process says %q", first)
		}
		kill := time.AfterFunc(time.Duration(rand.Int64N(int64(8*time.Millisecond))), func() { _ = c.Process.Kill() })
		reported := first
		for c.output.Scan() {
			reported = c.output.Text()
		}
		_ = c.Wait()
		kill.Stop()
		n, err := strconv.ParseInt(reported, 10, 64)
		if err != nil || n <= last {
			t.Fatalf("the process says %q after %d", reported, last)
		}
		s, err := Open(directory)
		if err != nil {
			t.Fatal(err)
		}
		wantNoLeftovers(t, directory)
		got, err := s.Load()
		if err != nil || got == nil {
			t.Fatalf("got %v, %v", got, err)
		}
		last = got.Logs[0].Dropped
		if last != n && last != n+1 {
			t.Fatalf("%d was saved, and %d is there", n, last)
		}
		if !equalKept(t, got, numbered(last)) {
			t.Fatalf("state %d is not whole: %+v", last, got)
		}
		if last == n+1 {
			between++
		}
		s.Close()
	}
	t.Logf("%d saves, %d of 50 kills between the rename and the report", last, between)
}

func wantNoLeftovers(t *testing.T, directory string) {
	t.Helper()
	for _, name := range names(t, directory) {
		if strings.HasPrefix(name, tempName) {
			t.Errorf("%q is left over", name)
		}
	}
}
