package agent

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/splitgauge/splitgauge/tailer"
)

// endless is an archive without an end. It calls once so many bytes have been
// read of it.
type endless struct {
	line   string
	offset int // in line, of what comes next
	at     int64
	call   func()
	read   int64
}

func (e *endless) Read(p []byte) (n int, err error) {
	if e.read >= e.at && e.call != nil {
		e.call()
		e.call = nil
	}
	for n < len(p) {
		copied := copy(p[n:], e.line[e.offset:])
		n, e.offset = n+copied, (e.offset+copied)%len(e.line)
	}
	e.read += int64(n)
	return n, nil
}

// TestCancel ends a replay that would not end. That nothing is left behind is
// for TestMain to say.
func TestCancel(t *testing.T) {
	for _, start := range []string{"", "["} {
		for _, at := range []int64{0, 1, 6 << 20} { // while formats are told, and later
			ctx, cancel := context.WithCancel(context.Background())
			in := &endless{line: `{"status":"200","pad":"` + strings.Repeat("x", 4000) + `"},` + "\n", at: at, call: cancel}
			config := ReplayConfig{Inputs: []string{tailer.StdinName}, Workers: 3, Reading: Reading{Format: "json"}}
			config.Reader.Stdin = io.MultiReader(strings.NewReader(start), in)
			r, err := Replay(ctx, config)
			if r != nil || !errors.Is(err, context.Canceled) {
				t.Errorf("at %d: %v, %v", at, r, err)
			}
		}
	}
}

// TestCancelledBefore reads nothing at all.
func TestCancelledBefore(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	in := &endless{line: "x\n"}
	config := ReplayConfig{Inputs: []string{tailer.StdinName}}
	config.Reader.Stdin = in
	if r, err := Replay(ctx, config); r != nil || !errors.Is(err, context.Canceled) || in.read > 0 {
		t.Errorf("%v, %v, %d bytes read", r, err, in.read)
	}
}

// TestCancelFromProgress ends a replay from within it.
func TestCancelFromProgress(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	config := ReplayConfig{Inputs: plainFile(t, []byte(strings.Repeat(threeLines, 5000))), Workers: 2}
	config.Reader.BlockSize = 16 << 10
	config.Progress = func(done, total int64) { cancel() }
	if r, err := Replay(ctx, config); r != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", r, err)
	}
}

// TestProgress goes up to the total, one call at a time.
func TestProgress(t *testing.T) {
	inputs := append(plainFile(t, []byte(strings.Repeat(threeLines, 5000))), plainFile(t, []byte(threeLines))...)
	var last, all int64
	inside := false
	config := ReplayConfig{Inputs: inputs, Workers: 4}
	config.Reader.BlockSize = 16 << 10
	config.Progress = func(done, total int64) {
		if inside {
			t.Error("two calls at once")
		}
		inside = true
		if done < last || done > total {
			t.Errorf("%d of %d after %d", done, total, last)
		}
		last, all = done, total
		inside = false
	}
	mustReplay(t, config)
	var want int64
	for _, input := range inputs {
		info, err := os.Stat(input)
		if err != nil {
			t.Fatal(err)
		}
		want += info.Size()
	}
	if last != want || all != want {
		t.Errorf("it ends with %d of %d, want %d", last, all, want)
	}
}

// TestNothingRead tells an archive without lines from one that is not there.
func TestNothingRead(t *testing.T) {
	missing := []string{t.TempDir() + "/missing"}
	r, err := Replay(context.Background(), ReplayConfig{Inputs: missing})
	if !errors.Is(err, ErrNothingRead) || r == nil || len(r.Failures) != 1 {
		t.Errorf("missing: %v, %v", r, err)
	}
	if r, err := Replay(context.Background(), ReplayConfig{Inputs: append(missing, plainFile(t, nil)...)}); err != nil || len(r.Failures) != 1 {
		t.Errorf("missing and empty: %v, %v", r, err)
	}
	broken := errors.New("broken pipe")
	config := ReplayConfig{Inputs: []string{tailer.StdinName}}
	config.Reader.Stdin = failing{broken}
	if r, err := Replay(context.Background(), config); !errors.Is(err, ErrNothingRead) || !strings.Contains(err.Error(), "broken pipe") {
		t.Errorf("broken: %v, %v", r, err)
	}
	config.Reader.Stdin = io.MultiReader(strings.NewReader(threeLines+"10.0.0.4"), failing{broken})
	r, err = Replay(context.Background(), config)
	if err != nil || len(r.Failures) != 1 || r.Failures[0].Offset != 249 {
		t.Fatalf("broken later: %v, %v", r, err)
	}
	compareParts(t, r, `{"lines":{"total":4,"parsed":3,"unparsed":1,"bytes":249}}`)
}

// failing is a reader that cannot.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
