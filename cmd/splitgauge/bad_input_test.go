package main

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/splitgauge/splitgauge/internal/loggen"
)

// goodLog is what every bad input stands beside. It must be reported whatever
// the other is.
const goodLog = `10.0.0.1 - - [25/Nov/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 10 "-" "curl/8"
10.0.0.2 - - [25/Nov/2026:10:00:01 +0000] "GET /b HTTP/1.1" 404 20 "-" "curl/8"
10.0.0.3 - - [25/Nov/2026:10:00:02 +0000] "POST /c HTTP/1.1" 500 30 "-" "curl/8"
`

const goodLines = 3

func TestUnreadableInputs(t *testing.T) {
	for _, test := range []struct {
		name string
		make func(t *testing.T, directory string) string // returns the argument
		says string
	}{
		{"missing file", func(t *testing.T, directory string) string { return filepath.Join(directory, "missing.log") },
			"no such file or directory"},
		{"directory", func(t *testing.T, directory string) string { return directory },
			"is a directory; name its files"},
		{"below a file", func(t *testing.T, directory string) string {
			return filepath.Join(writeFile(t, directory, "file", nil), "access.log")
		}, "not a directory"},
		{"broken link", func(t *testing.T, directory string) string {
			path := filepath.Join(directory, "link")
			if err := os.Symlink("nowhere", path); err != nil {
				t.Fatal(err)
			}
			return path
		}, "no such file or directory"},
		{"glob that matches nothing", func(t *testing.T, directory string) string { return filepath.Join(directory, "*.zip") },
			"no file matches this glob"},
		{"bad glob", func(t *testing.T, directory string) string { return filepath.Join(directory, "[") },
			"needs its ]"},
		{"empty name", func(*testing.T, string) string { return "" }, "the name is empty"},
		{"name too long", func(*testing.T, string) string { return strings.Repeat("x", 5000) }, "file name too long"},
		{"header of gzip and no more", func(t *testing.T, directory string) string {
			return writeFile(t, directory, "cut.gz", []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00"))
		}, "unexpected end of the gzip data"},
	} {
		t.Run(test.name, func(t *testing.T) {
			directory := t.TempDir()
			bad := test.make(t, directory)
			good := writeFile(t, directory, "good.log", []byte(goodLog))

			got := run(t, nil, "replay", "-o", "json", bad, good)
			got.check(t, exitUnparsed, "an input could not be read whole\n", "cannot read ", test.says)
			if n := got.numbers(t); n.Lines.Total != goodLines || n.Requests.Total != goodLines || n.Lines.Bytes != int64(len(goodLog)) {
				t.Errorf("lines %+v, %d requests, want those of the good file", n.Lines, n.Requests.Total)
			}
			got = run(t, nil, "replay", good, bad)
			got.check(t, exitUnparsed, test.says)
			got.shows(t, "NOT READ TO THE END", "1 input not read to the end")

			got = run(t, nil, "replay", bad, bad)
			got.check(t, exitFailed, "no input could be read", test.says)
			if got.out != "" {
				t.Errorf("stdout %q, want nothing", got.out)
			}
		})
	}
}

// TestUnreadableFile takes another user, because root may read everything.
func TestUnreadableFile(t *testing.T) {
	directory := t.TempDir()
	secret := writeFile(t, directory, "secret.log", []byte(goodLog))
	if err := os.Chmod(secret, 0); err != nil {
		t.Fatal(err)
	}
	good, err := os.Open(writeFile(t, directory, "good.log", []byte(goodLog)))
	if err != nil {
		t.Fatal(err)
	}
	defer good.Close()
	makeReachable(t, directory)
	command := exec.Command(program(t), "replay", "-o", "json", secret, "-")
	var out, errOut bytes.Buffer
	command.Dir, command.Stdin, command.Stdout, command.Stderr = "/", good, &out, &errOut
	if os.Getuid() == 0 {
		const nobody = 65534
		command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	if err := command.Run(); command.ProcessState == nil {
		t.Fatal(err)
	}
	got := result{command.ProcessState.ExitCode(), out.String(), errOut.String()}
	got.check(t, exitUnparsed, "permission denied")
	if n := got.numbers(t); n.Requests.Total != goodLines {
		t.Errorf("%d requests, want %d", n.Requests.Total, goodLines)
	}
}

// makeReachable lets everybody into a temporary directory of the test, whose
// parent is its user's alone.
func makeReachable(t *testing.T, directory string) {
	t.Helper()
	if err := errors.Join(os.Chmod(directory, 0o755), os.Chmod(filepath.Dir(directory), 0o755)); err != nil {
		t.Fatal(err)
	}
}

func TestManyUnreadableInputs(t *testing.T) {
	directory := t.TempDir()
	arguments := []string{"replay", "-o", "csv", writeFile(t, directory, "good.log", []byte(goodLog))}
	for _, name := range strings.Split("a b c d e f g h i j k l", " ") {
		arguments = append(arguments, filepath.Join(directory, name))
	}
	got := run(t, nil, arguments...)
	got.check(t, exitUnparsed, "12 inputs could not be read whole\n", `/a": no such`, `/j": no such`, "and 2 more")
	got.shows(t, "requests,,total,3\n")
}

func TestEmptyInputs(t *testing.T) {
	directory := t.TempDir()
	good := writeFile(t, directory, "good.log", []byte(goodLog))
	for name, content := range map[string]string{
		"empty.log": "", "empty.gz": string(gzipped(t, nil)), "empty.zst": string(zstded(t, nil)), "hole.log": "\x00\x00\x00",
	} {
		empty := writeFile(t, directory, name, []byte(content))
		got := run(t, nil, "replay", "-o", "json", empty, good)
		got.check(t, 0)
		if n := got.numbers(t); n.Lines.Total != goodLines {
			t.Errorf("%s: lines %+v", name, n.Lines)
		}
		got = run(t, nil, "replay", "-o", "json", empty)
		got.check(t, 0) // nothing happened, and that is the report
		if n := got.numbers(t); n.Lines.Total != 0 || n.Requests.Total != 0 {
			t.Errorf("%s alone: lines %+v", name, n.Lines)
		}
		got = run(t, nil, "replay", empty)
		got.check(t, 0)
		got.shows(t, "No requests.", "nothing to tell it from")
	}
}

func TestBinaryFile(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	content := make([]byte, 1<<20)
	for i := range content {
		content[i] = byte(random.Uint32())
	}
	lines := int64(0)
	for _, line := range bytes.Split(content, []byte("\n")) {
		if len(line) == 0 || len(bytes.TrimLeft(line, "\x00")) > 0 {
			lines++
		}
	}
	directory := t.TempDir()
	bad := writeFile(t, directory, "binary.log", content)
	good := writeFile(t, directory, "good.log", []byte(goodLog))
	got := run(t, nil, "replay", "-o", "json", bad, good)
	got.check(t, exitUnparsed, "lines could not be parsed, more than --max-unparsed 1%")
	n := got.numbers(t)
	if n.Lines.Total != lines+goodLines || n.Lines.Unparsed != lines || n.Requests.Total != goodLines {
		t.Errorf("lines %+v, want %d unparsed", n.Lines, lines)
	}
	if sum := n.Lines.Reasons["format"] + n.Lines.Reasons["empty"]; sum != lines {
		t.Errorf("reasons %v, want %d of format and empty", n.Lines.Reasons, lines)
	}
	for _, output := range []string{"text", "csv"} {
		got = run(t, nil, "replay", "-o", output, bad, good)
		got.check(t, exitUnparsed, "could not be parsed")
		checkPrintable(t, output, got.out)
	}
}

func TestTruncatedArchives(t *testing.T) {
	generator, err := loggen.New(loggen.Config{Seed: 1, Lines: 20_000})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	if _, err := generator.WriteTo(&log); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		packed []byte
	}{
		{"gzip", gzipped(t, log.Bytes())},
		{"zstd", zstded(t, log.Bytes())},
	} {
		t.Run(test.name, func(t *testing.T) {
			directory := t.TempDir()
			cut := writeFile(t, directory, "cut.log", test.packed[:len(test.packed)*2/3])
			good := writeFile(t, directory, "good.log", []byte(goodLog))
			got := run(t, nil, "replay", "-o", "json", good, cut)
			got.check(t, exitUnparsed, "beyond byte ", "unexpected end of the "+test.name+" data")
			n := got.numbers(t)
			// What came before the cut counts; the line that it went through is a
			// line like any other.
			read := log.Bytes()[:n.Lines.Bytes-int64(len(goodLog))]
			if lines := int64(bytes.Count(read, []byte("\n"))) + 1 + goodLines; n.Lines.Total != lines || len(read) < log.Len()/2 {
				t.Errorf("%d lines of %d bytes, want %d", n.Lines.Total, len(read), lines)
			}
			if n.Lines.Unparsed > 1 {
				t.Errorf("%d lines unparsed, want at most the last", n.Lines.Unparsed)
			}
			got = run(t, bytes.NewReader(test.packed[:len(test.packed)/3]), "replay", "-")
			got.check(t, exitUnparsed, `cannot read "-" beyond byte `)
			got.shows(t, "NOT READ TO THE END", "-: cannot read")

			damaged := bytes.Clone(test.packed)
			copy(damaged[len(damaged)/2:], "what is this?")
			got = run(t, nil, "replay", "-o", "json", writeFile(t, directory, "damaged.log", damaged), good)
			got.check(t, exitUnparsed, "damaged.log")
			if n := got.numbers(t); n.Lines.Parsed < goodLines {
				t.Errorf("lines %+v", n.Lines)
			}
		})
	}
}

// TestHugeLineInGzip is a line that would not fit, told apart by nothing but
// its end. See TestHugeLines for memory.
func TestHugeLineInGzip(t *testing.T) {
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	huge := &repeating{before: []byte(goodLog), chunk: bytes.Repeat([]byte("x"), 1<<20), times: 200, after: []byte("\n" + goodLog)}
	if _, err := io.Copy(w, huge); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	bad := writeFile(t, t.TempDir(), "huge.gz", packed.Bytes())
	got := run(t, nil, "replay", "-o", "json", bad)
	got.check(t, exitUnparsed, "1 of 7 lines could not be parsed")
	if n := got.numbers(t); n.Requests.Total != 2*goodLines || n.Lines.Reasons["too_long"] != 1 || n.Lines.Bytes != huge.size() {
		t.Errorf("lines %+v", n.Lines)
	}
	got = run(t, nil, "replay", bad)
	got.shows(t, "huge.gz:4:1", `too_long: cannot read "xxxx`, "longer than a line may be")
}

func TestMaxLine(t *testing.T) {
	line := strings.SplitAfter(goodLog, "\n")[0]
	got := run(t, strings.NewReader(goodLog), "replay", "-o", "json", "--max-line", "79", "-")
	got.check(t, exitUnparsed, "1 of 3 lines")
	if n := got.numbers(t); n.Lines.Reasons["too_long"] != 1 || len(line) != 80 {
		t.Errorf("lines %+v, of %d bytes", n.Lines, len(line))
	}
}

func TestWrongFormat(t *testing.T) {
	const log = `10.0.0.1 - - [25/Nov/2026:10:00:00 +0000] "GET /a HTTP/1.1" 2x0 10 "-" "curl/8"
10.0.0.1 - - [25/Nov/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 1x "-" "curl/8"
10.0.0.1 - - [25/Nun/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 10 "-" "curl/8"
10.0.0.1 - - [25/Nov/2026:10:00:00 +0000] "GET /a HTTP/1.1" 200 10 "-" "curl/8
` + "\x1b[2J\x07 \u202e \"quoted\" back\\slash\n" + goodLog
	directory := t.TempDir()
	bad := writeFile(t, directory, "bad.log", []byte(log))
	good := writeFile(t, directory, "good.log", []byte(goodLog))
	got := run(t, nil, "replay", "--format", "combined", bad, good)
	got.check(t, exitUnparsed, "2 of 11 lines could not be parsed")
	got.shows(t,
		`bad.log:1:61 $status: cannot read "2x0": want three digits`,
		`bad.log:2:65 $body_bytes_sent: cannot read "1x": want a whole number`,
		`bad.log:3:15 $time_local: cannot read "25/Nun/2026:10:00:00 +0000": want a time such as 25/Nov/2026:10:00:00 +0000`,
		`bad.log:4:73 $http_user_agent: cannot read "curl/8": want "\"" after it`,
		`bad.log:5:1 $remote_addr: cannot read "\x1b[2J\x07 \u202e \"quoted\" back\\slash": want " - " after it`,
	)
	checkPrintable(t, "text", got.out)

	n := run(t, nil, "replay", "-o", "json", "--format", "combined", bad).numbers(t)
	if n.Lines.Partial != 3 || n.Lines.Unparsed != 2 || n.Lines.Parsed != 3 || n.Lines.Reasons["format"] != 2 ||
		n.Lines.Reasons["body_bytes_sent"] != 1 || n.Lines.Reasons["time_local"] != 1 || n.Lines.Reasons["trailing"] != 1 {
		t.Errorf("lines %+v", n.Lines)
	}
	// All of it by a format that it does not have at all.
	got = run(t, nil, "replay", "--format", "json", good)
	got.check(t, exitUnparsed, "3 of 3 lines")
	got.shows(t, "good.log:1:1", "want a JSON object", "No requests.")
	got = run(t, nil, "replay", "--format", `$remote_addr|$status`, good)
	got.check(t, exitUnparsed, "3 of 3 lines")
	got.shows(t, `want "|" after it`, "$remote_addr: cannot read ")
	// And a guess that is said to be one.
	got = run(t, strings.NewReader("what\nis\nthis\n"), "replay", "-")
	got.check(t, exitUnparsed, "3 of 3 lines")
	got.shows(t, "a guess: none of the first 3 lines fits any", "$remote_addr")
}

func TestInvalidUTF8(t *testing.T) {
	const log = "10.0.0.1 - \xff [25/Nov/2026:10:00:00 +0000] \"GET /\xc3\x28/\xed\xa0\x80 HTTP/1.1\" 200 10 \"-\" \"\xfe\"\n"
	const lines = "{\"status\":\"200\",\"request\":\"GET /\xff\xc0\xaf HTTP/1.1\",\"variant\":\"\xf0\x9f\",\"host\":\"\x80\",\"upstream_addr\":\"\xffs:80\"}\n"
	document := "[" + strings.TrimSuffix(strings.Repeat(strings.TrimSpace(lines)+",", 3), ",") + "]"
	for name, test := range map[string]struct {
		log      string
		requests int64
	}{"combined": {log, 1}, "json": {lines, 1}, "document": {document, 3}} {
		got := run(t, strings.NewReader(test.log), "replay", "--host", "-o", "json", "-")
		got.check(t, 0)
		if n := got.numbers(t); n.Lines.Parsed != test.requests || n.Requests.Total != test.requests || len(n.Paths) != 1 {
			t.Errorf("%s: lines %+v, paths %v", name, n.Lines, n.Paths)
		}
		if !utf8.ValidString(got.out) {
			t.Errorf("%s: the JSON is not UTF-8", name)
		}
		for _, output := range []string{"text", "csv"} {
			got := run(t, strings.NewReader(test.log), "replay", "--host", "-o", output, "-")
			got.check(t, 0)
			checkPrintable(t, name+" "+output, got.out)
			if !strings.Contains(got.out, `\x`) {
				t.Errorf("%s as %s shows no escape", name, output)
			}
		}
	}
}

func TestMixedFormats(t *testing.T) {
	const jsonLog = `{"time_iso8601":"2026-11-25T11:00:00+00:00","status":"200","request":"GET /j HTTP/1.1"}` + "\n"
	const commonLog = `10.0.0.9 - - [25/Nov/2026:12:00:00 +0000] "GET /common HTTP/1.0" 200 1` + "\n"
	directory := t.TempDir()
	files := []string{
		writeFile(t, directory, "common.log", []byte(commonLog)),
		writeFile(t, directory, "json.log", []byte(strings.Repeat(jsonLog, 2))),
		writeFile(t, directory, "combined.log", []byte(goodLog)),
		writeFile(t, directory, "document.json", []byte(`{"logs":[`+strings.TrimSpace(jsonLog)+`]}`)),
		writeFile(t, directory, "packed.log", gzipped(t, []byte(jsonLog))),
	}
	got := run(t, nil, append([]string{"replay", "-o", "json"}, files...)...)
	got.check(t, 0)
	if n := got.numbers(t); n.Lines.Parsed != goodLines+5 || n.Lines.Total != goodLines+5 {
		t.Errorf("lines %+v", n.Lines)
	}
	got = run(t, nil, append([]string{"replay"}, files...)...)
	got.shows(t, "INPUTS", "common (told from the first 1 lines, of which 1 fit)", "json (told from the first 2 lines, of which 2 fit)",
		"combined (told from the first 3 lines, of which 3 fit)", "JSON document)", "json (told from the first 1 lines, of which 1 fit), gzip")

	// Within a file one format counts, that of most of its first lines.
	mixed := writeFile(t, directory, "mixed.log", []byte(jsonLog+goodLog+commonLog))
	got = run(t, nil, "replay", "-o", "json", mixed, files[2])
	got.check(t, exitUnparsed, "1 of 8 lines could not be parsed")
	n := got.numbers(t)
	if n.Lines.Parsed != 2*goodLines || n.Lines.Partial != 1 || n.Lines.Reasons["format"] != 1 || n.Lines.Reasons["trailing"] != 1 {
		t.Errorf("lines %+v", n.Lines)
	}
}

func TestFileNamedTwice(t *testing.T) {
	directory := t.TempDir()
	path := writeFile(t, directory, "access.log", []byte(goodLog))
	twin := writeFile(t, directory, "twin.log", []byte(goodLog)) // the same lines, but another file
	link := filepath.Join(directory, "link.log")
	if err := os.Link(path, link); err != nil {
		t.Fatal(err)
	}
	arguments := []string{path, path, link, filepath.Join(directory, ".", "access.*"), twin}
	got := run(t, nil, append([]string{"replay", "-o", "json"}, arguments...)...)
	got.check(t, 0)
	if n := got.numbers(t); n.Requests.Total != 2*goodLines {
		t.Errorf("%d requests, want %d", n.Requests.Total, 2*goodLines)
	}
	got = run(t, nil, append([]string{"replay"}, arguments...)...)
	got.check(t, 0)
	got.shows(t, "READ ONLY ONCE", "link.log is the same as ")
}

func TestMaxUnparsed(t *testing.T) {
	const bad = "what is this?\n"
	for _, test := range []struct {
		share     string
		good, bad int
		code      int
	}{
		{"1%", 99, 1, 0},
		{"1%", 98, 2, exitUnparsed},
		{"0.01", 99, 1, 0},
		{"0", 99, 1, exitUnparsed},
		{"0%", 99, 0, 0},
		{"50 %", 2, 2, exitUsage},
		{"50%", 2, 2, 0},
		{" 50% ", 2, 3, exitUnparsed},
		{"100%", 0, 4, 0},
		{"1", 0, 4, 0},
		{"101%", 1, 0, exitUsage},
		{"-1%", 1, 0, exitUsage},
		{"NaN", 1, 0, exitUsage},
		{"", 1, 0, exitUsage},
		{"%", 1, 0, exitUsage},
		{"some", 1, 0, exitUsage},
	} {
		line := strings.SplitAfter(goodLog, "\n")[0]
		log := strings.Repeat(line, test.good) + strings.Repeat(bad, test.bad)
		got := run(t, strings.NewReader(log), "replay", "--format", "combined", "--max-unparsed", test.share, "-")
		if got.code != test.code {
			t.Errorf("--max-unparsed %q with %d of %d bad: exit code %d, want %d; %s", test.share, test.bad, test.good+test.bad, got.code, test.code, got.err)
		}
		if wrong := test.code == exitUsage; wrong != (got.out == "") {
			t.Errorf("--max-unparsed %q: stdout %q", test.share, got.out)
		}
	}
}

func gzipped(t *testing.T, content []byte) []byte {
	t.Helper()
	return packed(t, content, func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil })
}

func zstded(t *testing.T, content []byte) []byte {
	t.Helper()
	return packed(t, content, func(w io.Writer) (io.WriteCloser, error) {
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	})
}

func packed(t *testing.T, content []byte, pack func(io.Writer) (io.WriteCloser, error)) []byte {
	t.Helper()
	var buffer bytes.Buffer
	w, err := pack(&buffer)
	if err == nil {
		_, err = w.Write(content)
		err = errors.Join(err, w.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}
