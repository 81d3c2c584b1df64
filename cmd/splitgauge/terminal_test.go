package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/term"

	"github.com/splitgauge/splitgauge/internal/loggen"
)

// openTerminal returns a pseudo-terminal of so many columns, and what ends it
// and returns what was written to it.
func openTerminal(t *testing.T, columns uint16) (tty *os.File, written func() string) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	var unlocked, number int32
	control(t, master, syscall.TIOCSPTLCK, unsafe.Pointer(&unlocked))
	control(t, master, syscall.TIOCGPTN, unsafe.Pointer(&number))
	if tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	control(t, tty, syscall.TIOCSWINSZ, unsafe.Pointer(&struct{ rows, columns, x, y uint16 }{24, columns, 0, 0}))
	if _, err := term.MakeRaw(int(tty.Fd())); err != nil { // what is written arrives as it is
		t.Fatal(err)
	}
	var output bytes.Buffer
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(&output, master) // ends with EIO once tty is closed
	}()
	return tty, func() string {
		tty.Close()
		<-done
		master.Close()
		return output.String()
	}
}

func control(t *testing.T, file *os.File, request uintptr, argument unsafe.Pointer) {
	t.Helper()
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, file.Fd(), request, uintptr(argument)); errno != 0 {
		t.Fatalf("ioctl %#x: %v", request, errno)
	}
}

// runOnTerminal runs the command with a terminal as its output.
func runOnTerminal(t *testing.T, columns uint16, arguments ...string) result {
	t.Helper()
	tty, written := openTerminal(t, columns)
	var stderr bytes.Buffer
	command := newRootCommand(terminal{in: strings.NewReader(""), out: tty, err: &stderr})
	command.SetArgs(arguments)
	code := exitCode(command.ExecuteContext(context.Background()), &stderr)
	return result{code, written(), stderr.String()}
}

// smallLog is short enough to be counted by hand, and has something for every
// section of the report.
const smallLog = "testdata/small.log"

// TestGoldenOnTerminal compares whole reports on a terminal of 80 columns.
func TestGoldenOnTerminal(t *testing.T) {
	t.Setenv("TERM", "xterm")
	for _, test := range []struct{ name, locale, noColour string }{
		{"small.80.txt", "C.UTF-8", "1"},
		{"small.80.colour.txt", "C.UTF-8", ""},
		{"small.80.ascii.txt", "C", "1"},
	} {
		t.Setenv("LC_ALL", test.locale)
		t.Setenv("NO_COLOR", test.noColour)
		got := runOnTerminal(t, 80, "replay", "--host", "--max-unparsed", "50%", smallLog)
		got.check(t, 0)
		golden := filepath.Join("testdata", test.name)
		if *update {
			if err := os.WriteFile(golden, []byte(got.out), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if got.out != string(want) {
			t.Errorf("%s differs; if what it shows is right, run go test -update\ngot\n%s\nwant\n%s", golden, got.out, want)
		}
	}
}

// styles are the escape sequences that the report may use.
var styles = regexp.MustCompile("\x1b\\[[0-9]*m")

func TestTerminalWidths(t *testing.T) {
	t.Setenv("LC_ALL", "C.UTF-8")
	for _, test := range []struct {
		columns uint16
		dumb    bool
		widest  int
	}{{30, false, 30}, {80, false, 80}, {0, false, 80}, {120, true, 120}, {1000, false, maxWidth}} {
		t.Setenv("NO_COLOR", "")
		t.Setenv("TERM", "xterm")
		if test.dumb {
			t.Setenv("TERM", "dumb")
		}
		got := runOnTerminal(t, test.columns, "replay", "--host", "--max-unparsed", "50%", smallLog)
		got.check(t, 0)
		plain := styles.ReplaceAllString(got.out, "")
		if coloured := plain != got.out; coloured == test.dumb {
			t.Errorf("%d columns: coloured %v on a terminal that is dumb: %v", test.columns, coloured, test.dumb)
		}
		checkPrintable(t, fmt.Sprintf("%d columns", test.columns), plain)
		for line := range strings.Lines(plain) {
			if width := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); width > test.widest {
				t.Errorf("%d columns: a line of %d: %q", test.columns, width, line)
			}
		}
	}
}

// TestProgressOnTerminal draws on stderr, where that is a terminal, and takes
// away what it drew.
func TestProgressOnTerminal(t *testing.T) {
	tty, written := openTerminal(t, 60)
	bar := newProgressBar(tty)
	if bar.width != 60 || bar.callback() == nil {
		t.Fatalf("width %d", bar.width)
	}
	bar.started = bar.started.Add(-time.Minute)
	bar.callback()(1, 4)
	bar.clear()
	drawn := regexp.MustCompile(`^\r\[#+\.+\]  25 %  0\.0 B/s  3m0s left\x1b\[K\r\x1b\[K$`)
	if got := written(); !drawn.MatchString(got) {
		t.Errorf("it wrote %q", got)
	}
}

// TestReplayWithProgress keeps the bar out of the report.
func TestReplayWithProgress(t *testing.T) {
	generator, err := loggen.New(loggen.Config{Seed: 1, Lines: 1000})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	if _, err := generator.WriteTo(&log); err != nil {
		t.Fatal(err)
	}
	path := writeFile(t, t.TempDir(), "access.log", log.Bytes())
	tty, written := openTerminal(t, 80)
	var out bytes.Buffer
	command := newRootCommand(terminal{in: strings.NewReader(""), out: &out, err: tty})
	command.SetArgs([]string{"replay", path})
	if err := command.ExecuteContext(context.Background()); err != nil {
		t.Error(err)
	}
	drawn := regexp.MustCompile(`^((\r[^\r\n]*\x1b\[K)*\r\x1b\[K)?$`)
	if got := written(); !drawn.MatchString(got) {
		t.Errorf("stderr has %q", got)
	}
	checkPrintable(t, "stdout", out.String())
}
