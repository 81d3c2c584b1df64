package parser

import (
	"bytes"
	"testing"

	"github.com/splitgauge/splitgauge/internal/loggen"
)

// generatedLines are lines of a format as nginx writes them.
func generatedLines(t testing.TB, format loggen.Format) (lines [][]byte) {
	t.Helper()
	generator, err := loggen.New(loggen.Config{Seed: 7, Lines: 3000, Format: format})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	if _, err := generator.WriteTo(&log); err != nil {
		t.Fatal(err)
	}
	return bytes.Split(bytes.TrimSuffix(log.Bytes(), []byte("\n")), []byte("\n"))
}

// TestParseAllocations parses lines that the parser has seen the like of. Broken
// JSON is left out: sonic makes an error of it, which it allocates.
func TestParseAllocations(t *testing.T) {
	options := Options{Host: true, Variants: []string{"variant"}, Values: []string{"http_user_agent"}}
	handMade := func(lines ...string) (all [][]byte) {
		for _, line := range lines {
			all = append(all, []byte(line))
		}
		return all
	}
	tests := []struct {
		name   string
		format *Format
		lines  [][]byte
	}{
		{"combined", mustCompile(t, loggen.Combined.Text(), options), generatedLines(t, loggen.Combined)},
		{"extended", mustCompile(t, loggen.Extended.Text(), options), generatedLines(t, loggen.Extended)},
		{"json", mustJSON(t, options), generatedLines(t, loggen.JSON)},
		{"text of all kinds", mustCompile(t, richText, richOptions), handMade(textHistory...)},
		{"unquoted lists", mustCompile(t, `$status $upstream_addr $upstream_status $upstream_response_time $variant`, options), handMade(
			`200 a:1 200 0.001 .one`, `200 a:1, b:2 : c:3 502, 502 : 200 0.000, 0.000 : 0.003 .two`, `200 - - - `)},
		{"json with space", mustJSON(t, options), handMade(`{"status": 200, "request": "GET / HTTP/1.1"}`, `{ "status" : "404" }`)},
		{"json for sonic", mustJSON(t, options), handMade(`{"status":200,"a":{"b":[1]},"variant":null}`, `{"status":404,"request":"GET /\u0041","x":true}`)},
		{"hand-made json", mustJSON(t, options), handMade(`{"status":009,"urt":,"request":"GET / HTTP/1.1"}`, `{"status":200,"us":503 : 502, 200,"upstream_addr":"a:1 : b:2, c:3","urt":-}`)},
		{"no json", mustJSON(t, options), handMade(`[]`, `hello`, `{}`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := tt.format.NewParser()
			var e Entry
			parseAll := func() {
				for _, line := range tt.lines {
					p.Parse(line, &e)
				}
			}
			for parsed := 0; parsed < 3*maxLearned; parsed += len(tt.lines) {
				parseAll()
			}
			if allocations := testing.AllocsPerRun(5, parseAll); allocations > 0 {
				t.Errorf("%v allocations for %d lines, want none", allocations, len(tt.lines))
			}
		})
	}
}
