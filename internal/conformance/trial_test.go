package conformance

import (
	"hash/fnv"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// trial is one scenario while it runs.
type trial struct {
	*testing.T
	program string // path of splitgauge
	full    bool   // at full length
	dir     string // of everything it writes
	seed    uint64
	random  *rand.Rand // of the test's own goroutine
}

// newTrial prepares a scenario. Its seed is SPLITGAUGE_SEED, or a new one.
func newTrial(t *testing.T, program string) *trial {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("SPLITGAUGE_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("cannot use SPLITGAUGE_SEED %q: want a whole number", text)
		}
	}
	t.Logf("SPLITGAUGE_SEED=%d", seed)
	name := fnv.New64a()
	name.Write([]byte(t.Name()))
	return &trial{
		T: t, program: program, full: isFull(), dir: openTempDir(t), seed: seed,
		random: rand.New(rand.NewPCG(seed, name.Sum64())),
	}
}

// isFull says whether tests run at full length.
func isFull() bool { return os.Getenv("SPLITGAUGE_FULL") != "" }

// openTempDir returns a directory for a test that other users can look into.
func openTempDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, directory := range []string{filepath.Dir(dir), dir} {
		if err := os.Chmod(directory, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// newRandom returns a source for another goroutine.
func (t *trial) newRandom() *rand.Rand {
	return rand.New(rand.NewPCG(t.random.Uint64(), t.random.Uint64()))
}

// pick returns how much of something there is at either length.
func pick[number int | time.Duration](t *trial, reduced, full number) number {
	if t.full {
		return full
	}
	return reduced
}

// wait lets time pass: as a part of a scenario, never for something to happen.
func (t *trial) wait(duration time.Duration) {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	<-timer.C
}

// until calls done until it returns true, and fails the test after a minute
// with what problem says.
func (t *trial) until(problem func() string, done func() bool) {
	t.Helper()
	const limit = time.Minute // much longer than anything takes
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for !done() {
		select {
		case <-deadline.C:
			t.Fatalf("after %v: %s", limit, problem())
		case <-ticker.C:
		}
	}
}

// path returns a path in the trial's directory.
func (t *trial) path(elements ...string) string {
	return filepath.Join(append([]string{t.dir}, elements...)...)
}

// makeDir makes a directory in the trial's directory.
func (t *trial) makeDir(name string) string {
	t.Helper()
	path := t.path(name)
	t.must(os.MkdirAll(path, 0o755))
	return path
}

// must fails the test on an error.
func (t *trial) must(err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// run runs a program that has to succeed.
func (t *trial) run(name string, arguments ...string) string {
	t.Helper()
	output, err := exec.Command(name, arguments...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, arguments, err, output)
	}
	return string(output)
}

// need skips the test where a program is missing; with CI=true it fails.
func (t *trial) need(programs ...string) {
	t.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("cannot find %q, which .ci/deps installs", program)
			}
			t.Skipf("cannot find %q", program)
		}
	}
}

// needRoot skips the test for other users; with CI=true it fails.
func (t *trial) needRoot() {
	t.Helper()
	if os.Geteuid() == 0 {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("only root can do what this test does")
	}
	t.Skip("only root can do what this test does")
}
