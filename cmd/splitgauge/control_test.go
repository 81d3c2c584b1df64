package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// controls are texts that act on a terminal, or deceive who reads it.
var controls = []string{
	"\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x1b[2J\x1b[H", "\x1bP+q\x1b\\", "\x9b31m", "\u009b31m", "\u0090x\u009c", "\x07", "over\rwritten",
	"back\b\bspace", "\x7f", "\u202egnp.exe", "\u2066iso\u2069", "\u200bzero\u200d\ufeff", "\x0c\x0b", "\x00", "\u2028\u2029\u0085", "\xff\xfe",
	"\U000e0041\U000e007f", "\u061c\u200f", "\x1b", "a\tb",
}

// checkPrintable reports what may not reach a terminal.
func checkPrintable(t *testing.T, name, text string) {
	t.Helper()
	for i, r := range text {
		_, size := utf8.DecodeRuneInString(text[i:])
		if r == '\n' || unicode.IsPrint(r) && !(r == utf8.RuneError && size == 1) {
			continue
		}
		t.Errorf("%s: byte %d is %q, in %q", name, i, text[i:i+size], text[max(0, i-40):min(len(text), i+40)])
		return
	}
}

// TestControlCharacters sends what may not reach a terminal through every field
// of a log, in every way in which logs hold it, and through file names.
func TestControlCharacters(t *testing.T) {
	const rawFormat = `log_format x escape=none '$remote_addr $request|$status|$host|$variant|$upstream_addr|$upstream_status|$http_user_agent';`
	type input struct {
		name      string
		log       string
		arguments []string
	}
	for i, control := range controls {
		c := strings.NewReplacer("\n", "", "|", "").Replace(control)
		inputs := []input{
			{"raw", fmt.Sprintf("10.0.0.1%s GET /%s/x HTTP/1.1|200|h%s|v%s|s%s:80|200|u%s\n"+
				"10.0.0.1 GET / HTTP/1.1|%s|h|v|s:80|200|u\n%s\n10.0.0.1 GET / HTTP/1.1|200|h|v|s:80|2%s0|u\n", c, c, c, c, c, c, c, c, c),
				[]string{"--format", rawFormat}},
			{"combined", fmt.Sprintf("10.0.0.1 - %s [25/Nov/2026:10:00:00 +0000] \"GET /%s HTTP/1.1\" 200 10 \"-\" \"%s\"\n"+
				"10.0.0.1 - %s [25/Nov/2026:10:00:00 +0000] \"GET /%s HTTP/1.1\" %s 10 \"-\" \"%s\"\n%s\n"+
				"10.0.0.1 - - [25/%s/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 1%s \"-\" \"-\"\n", c, c, c, c, c, c, c, c, c, c), nil},
			{"escaped", fmt.Sprintf("10.0.0.1 - %[1]s [25/Nov/2026:10:00:00 +0000] \"GET /%[1]s HTTP/1.1\" 200 10 \"-\" \"%[1]s\"\n", escapedHex(c)), nil},
			{"JSON", jsonLines(t, c, false), []string{"--format", "json"}},
			{"raw in JSON", jsonLines(t, c, true), []string{"--format", "json"}},
			{"document", "[" + strings.ReplaceAll(strings.TrimSpace(jsonLines(t, c, false)), "\n", ",") + ", " + c + "]", nil},
		}
		for _, in := range inputs {
			for _, output := range []string{"text", "csv", "json"} {
				arguments := append([]string{"replay", "--host", "-o", output}, in.arguments...)
				got := run(t, strings.NewReader(in.log), append(arguments, "-")...)
				name := fmt.Sprintf("control %d (%q), %s as %s", i, control, in.name, output)
				if got.code != 0 && got.code != exitUnparsed {
					t.Errorf("%s: exit code %d", name, got.code)
				}
				checkPrintable(t, name, got.out)
				checkPrintable(t, name+", stderr", got.err)
				if output == "text" && !strings.Contains(got.out, `\x`) && !strings.Contains(strings.ToLower(got.out), `\u`) {
					t.Errorf("%s: nothing of it is shown:\n%s", name, got.out)
				}
			}
		}
		checkControlNames(t, i, strings.NewReplacer("\x00", "", "/", "").Replace(c))
	}
}

// jsonLines returns lines of JSON that hold a text in every field, as escapes
// or as it is.
func jsonLines(t *testing.T, text string, raw bool) string {
	t.Helper()
	if !raw {
		var escaped strings.Builder
		for _, r := range text { // also where JSON would not need it
			if r > 0xffff {
				escaped.WriteRune(r)
				continue
			}
			fmt.Fprintf(&escaped, `\u%04x`, r)
		}
		text = escaped.String()
		if !json.Valid([]byte(`"` + text + `"`)) {
			t.Fatalf("%q is no JSON", text)
		}
	}
	return fmt.Sprintf(`{"status":"200","request":"GET /%[1]s/x HTTP/1.1","host":"h%[1]s","variant":"v%[1]s","upstream_addr":"s%[1]s:80","upstream_status":"200"}
{"status":"%[1]s","request":"GET / HTTP/1.1","request_time":"%[1]s"}
{"status":"200","request":"%[1]s","upstream_addr":"%[1]s, b","upstream_status":"%[1]s"}
{"other":"%[1]s"}
%[1]s
`, text)
}

// escapedHex writes every byte as nginx's escape=default writes the odd ones.
func escapedHex(text string) string {
	var b strings.Builder
	for i := range len(text) {
		fmt.Fprintf(&b, `\x%02X`, text[i])
	}
	return b.String()
}

// checkControlNames uses a text as the name of inputs that are read, that are
// not, and that are said twice.
func checkControlNames(t *testing.T, i int, text string) {
	t.Helper()
	directory := t.TempDir()
	path := writeFile(t, directory, "a"+text, []byte(goodLog+"odd line\n"))
	for _, output := range []string{"text", "csv", "json"} {
		got := run(t, nil, "replay", "-o", output, path, path, filepath.Join(directory, "b"+text), filepath.Join(directory, "c"+text+"*"))
		name := fmt.Sprintf("file name %d (%q) as %s", i, text, output)
		got.check(t, exitUnparsed, "2 inputs could not be read whole")
		checkPrintable(t, name, got.out)
		checkPrintable(t, name+", stderr", got.err)
	}
	if text == "" {
		return
	}
	for _, arguments := range [][]string{
		{"replay", "--format", text, path}, {"replay", "--format", "$a${" + text, path}, {"replay", "--" + text, path}, {"replay", "-o", text, path},
		{"replay", "--split", text, path}, {"replay", "--since", text, path}, {"replay", "--max-unparsed", text, path}, {"replay", "--escape", text, path},
		{"replay", "--json-map", "time=" + text + ".", path}, {"replay", "--nginx-version", text, path}, {text + "x"},
	} {
		got := run(t, nil, arguments...)
		got.check(t, exitUsage, "splitgauge: ")
		checkPrintable(t, fmt.Sprintf("arguments %q, stderr", arguments), got.err)
	}
}
