package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

func assignDocumented(t *testing.T, in string, arguments ...string) result {
	t.Helper()
	return run(t, strings.NewReader(in), append([]string{"split", "assign", "--split", documentedBlock}, arguments...)...)
}

func TestSplitAssignText(t *testing.T) {
	got := assignDocumented(t, "", "10.0.1.250", "10.0.0.157", "2001:db8::1", "", "a\tb\x1b[31m\xff", "привет", "世界", "\u202eevil", `"\`)
	got.check(t, 0)
	got.golden(t, "assign")
}

func TestSplitAssignJSON(t *testing.T) {
	got := assignDocumented(t, "", "-o", "json", "10.0.1.250")
	got.check(t, 0)
	if want := `[{"value":"10.0.1.250","key":"10.0.1.250AAA","hash":19621743,"variant":".one"}]` + "\n"; got.out != want {
		t.Errorf("got  %s\nwant %s", got.out, want)
	}
	assignDocumented(t, "", "-o", "json", "10.0.0.203", "<&>\x1b\u202e", "").golden(t, "assign.json")
}

// TestSplitAssignLines is about what is a line, and so a value.
func TestSplitAssignLines(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	for in, want := range map[string][]string{
		"":                    {},
		"\n":                  {""},
		"a":                   {"a"},
		"a\n":                 {"a"},
		"a\nb":                {"a", "b"},
		"a\r\nb\r\n":          {"a", "b"},
		"\r\n\n\r\n":          {"", "", ""},
		"a\rb\n":              {"a\rb"},
		"a\r":                 {"a\r"},
		" a \n-\n":            {" a ", "-"},
		long + "\n" + long:    {long, long},
		"\x00\n\u2028\u00a0x": {"\x00", "\u2028\u00a0x"},
	} {
		got := assignDocumented(t, in, "-o", "json", "-")
		got.check(t, 0)
		var rows []struct{ Value, Key string }
		if err := json.Unmarshal([]byte(got.out), &rows); err != nil {
			t.Fatalf("%.40q: %v", in, err)
		}
		values := make([]string, 0, len(rows))
		for _, row := range rows {
			values = append(values, row.Value)
			if row.Key != row.Value+"AAA" {
				t.Errorf("value %.40q: key %.40q", row.Value, row.Key)
			}
		}
		if fmt.Sprint(values) != fmt.Sprint(want) || len(values) != len(want) {
			t.Errorf("%.40q: values %.80q, want %.80q", in, values, want)
		}
	}
	assignDocumented(t, "", "-o", "json", "-").golden(t, "assign.none.json")
}

func TestSplitAssignRawKey(t *testing.T) {
	assignDocumented(t, "", "-o", "json", "--raw-key", "10.0.1.250AAA").shows(t, `"value":"10.0.1.250AAA","key":"10.0.1.250AAA","hash":19621743,"variant":".one"`)
	run(t, nil, "split", "assign", "--split", "split_clients $a$b $v { * x; }", "--raw-key", "-o", "json", "ab").
		shows(t, `"key":"ab"`, `"variant":"x"`)
	// One variable that is there twice is one.
	run(t, nil, "split", "assign", "--split", "split_clients $a-${A} $v { * x; }", "-o", "json", "ab").
		shows(t, `"key":"ab-ab"`)
}

// TestSplitAssignRule has a key that the two rules place differently.
func TestSplitAssignRule(t *testing.T) {
	const halves = "split_clients $uid $v { 50% a; 50% b; }"
	for version, want := range map[string]string{"": "b", "1.31.2": "b", "1.31.1": "", "1.22.1": ""} {
		arguments := []string{"split", "assign", "--split", halves, "-o", "json", "u171226214"}
		if version != "" {
			arguments = append(arguments, "--nginx-version", version)
		}
		run(t, nil, arguments...).shows(t, `"hash":4294967294,"variant":"`+want+`"`)
	}
}

func TestSplitAssignFromFile(t *testing.T) {
	path := writeFile(t, t.TempDir(), "split.conf", []byte("# the test\n"+documentedBlock+"\n"))
	run(t, nil, "split", "assign", "--split", "@"+path, "-o", "json", "10.0.0.157").shows(t, `"variant":".two"`)
}

// TestSplitAssignStreams reads more than is kept, in text and in JSON.
func TestSplitAssignStreams(t *testing.T) {
	const lines = 50_000
	var in strings.Builder
	for i := range lines {
		fmt.Fprintf(&in, "10.0.%d.%d\n", i>>8, i&255)
	}
	text := assignDocumented(t, in.String(), "-")
	text.check(t, 0)
	if got := strings.Count(text.out, "\n"); got != lines+1 {
		t.Errorf("%d lines, want %d and a heading", got, lines)
	}
	if !strings.HasPrefix(text.out, "variant ") || !strings.HasSuffix(text.out, "\"10.0.195.79AAA\"\n") {
		t.Errorf("text from %.80q to %.80q", text.out, text.out[len(text.out)-80:])
	}
	document := assignDocumented(t, in.String(), "-o", "json", "-")
	var rows []struct{ Variant string }
	if err := json.Unmarshal([]byte(document.out), &rows); err != nil || len(rows) != lines {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
}

// brokenReader fails after its text.
type brokenReader struct{ text io.Reader }

func (r brokenReader) Read(p []byte) (int, error) {
	n, err := r.text.Read(p)
	if err == io.EOF {
		err = errors.New("the disk is gone")
	}
	return n, err
}

func TestSplitAssignBadInput(t *testing.T) {
	got := run(t, brokenReader{strings.NewReader("a\n")}, "split", "assign", "--split", documentedBlock, "-o", "json", "-")
	got.check(t, exitFailed, "cannot read line 2 of standard input: the disk is gone")
	if !json.Valid([]byte(got.out)) || !strings.Contains(got.out, `"value":"a"`) {
		t.Errorf("stdout %q, want what was read", got.out)
	}
	got = assignDocumented(t, "a\n"+strings.Repeat("x", maxValue+10), "-")
	got.check(t, exitFailed, "cannot read line 2 of standard input: it is longer than 1048576 bytes")
}

// silent is standard input on which nothing comes until the test ends.
type silent struct{ until <-chan struct{} }

func (s silent) Read([]byte) (int, error) {
	<-s.until
	return 0, io.EOF
}

func TestSplitAssignIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	done := make(chan struct{})
	defer close(done)
	runContext(t, ctx, silent{done}, "split", "assign", "--split", documentedBlock, "-").check(t, exitFailed, "interrupted")
}

// fullDisk takes nothing.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestSplitCannotWrite(t *testing.T) {
	for _, arguments := range [][]string{
		{"assign", "--split", documentedBlock, "a"},
		{"assign", "--split", documentedBlock, "-o", "json", "a"},
		{"diff", documentedBlock, documentedBlock},
	} {
		command := newRootCommand(terminal{in: strings.NewReader(""), out: fullDisk{}, err: io.Discard})
		command.SetArgs(append([]string{"split"}, arguments...))
		err := command.Execute()
		if code := exitCode(err, io.Discard); code != exitFailed || !strings.Contains(err.Error(), "no space left") {
			t.Errorf("%q: exit code %d, %v", arguments, code, err)
		}
	}
}
