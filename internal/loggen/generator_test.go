package loggen

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// formats are all formats.
var formats = []Format{Combined, Extended, JSON}

func generate(t testing.TB, config Config) (log []byte, truth *Truth) {
	t.Helper()
	g, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if n, err := g.WriteTo(&b); err != nil || n != int64(b.Len()) {
		t.Fatalf("WriteTo = %d, %v, want %d, nil", n, err, b.Len())
	}
	return b.Bytes(), g.Truth()
}

// lines returns the lines of a log without their newlines.
func lines(log []byte) []string {
	return strings.Split(strings.TrimSuffix(string(log), "\n"), "\n")
}

// TestSameBytes holds the logs against what they were on amd64 and 386: two
// benchmarks are only comparable if nothing changes by accident. Whoever
// changes what is generated changes the sums.
func TestSameBytes(t *testing.T) {
	for f, want := range map[Format]string{
		Combined: "75b98e3995eef2f9", Extended: "82bbd6903ccfb306", JSON: "5c318d3da6693105",
	} {
		config := Config{Seed: 42, Lines: 20_000, Format: f, Duration: 3 * time.Hour, Bad: 0.01}
		log, _ := generate(t, config)
		sum := sha256.Sum256(log)
		if got := hex.EncodeToString(sum[:8]); got != want {
			t.Errorf("%v: the log's SHA-256 starts with %s, want %s", f, got, want)
		}
		config.Seed++
		if other, _ := generate(t, config); bytes.Equal(other, log) {
			t.Errorf("%v: another seed gives the same log", f)
		}
	}
}

// textLines match a whole line, with what nginx can write in each place.
var textLines = map[Format]*regexp.Regexp{
	Combined: regexp.MustCompile(`^` + combinedLine + `$`),
	Extended: regexp.MustCompile(`^` + combinedLine + ` rt=\d+\.\d{3} ua="` + addrList + `" us="` + list(`[1-5]\d\d`) + `" uct="` + list(seconds) +
		`" uht="` + list(seconds) + `" urt="` + list(seconds) + `" host="[a-z.-]+" variant="(\.one|\.two|)" msec=1\d{9}\.\d{3} cs="([A-Z]+|-)"$`),
}

const (
	quoted       = `"([\x20\x21\x23-\x5b\x5d-\x7e]|\\x[0-9A-F]{2})*"`
	combinedLine = `([0-9.]+|[0-9a-f:]+|unix:) - \S.*? \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] ` + quoted + ` \d{3} \d+ ` + quoted + ` ` + quoted
	seconds      = `\d+\.\d{3}`
	serverText   = `(\d+\.\d+\.\d+\.\d+:\d+|\[[0-9a-f:]+\]:\d+|unix:/[a-z/.]+|[a-z0-9.-]+:\d+|backend)`
	addrList     = `(` + serverText + `((, | : )` + serverText + `)*( : )?|-)`
)

// list matches a list about upstreams.
func list(element string) string {
	element = `(` + element + `|-)`
	return element + `((, | : )` + element + `)*( : )?`
}

func TestTextLines(t *testing.T) {
	for f, pattern := range textLines {
		log, _ := generate(t, Config{Seed: 3, Lines: 20_000, Format: f})
		for i, line := range lines(log) {
			if !pattern.MatchString(line) {
				t.Fatalf("%v: line %d does not match: %s", f, i+1, line)
			}
		}
	}
}

func TestJSONLines(t *testing.T) {
	log, _ := generate(t, Config{Seed: 4, Lines: 20_000, Format: JSON})
	invalid := 0
	for i, line := range lines(log) {
		if !utf8.ValidString(line) {
			invalid++ // a TLS handshake: nginx writes it as it is
			continue
		}
		var object map[string]string
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			t.Fatalf("line %d: %v: %s", i+1, err, line)
		}
		if len(object) != strings.Count(JSONText, "$") {
			t.Fatalf("line %d has %d members, want %d", i+1, len(object), strings.Count(JSONText, "$"))
		}
		stamp, err := time.Parse(time.RFC3339, object["time_iso8601"])
		if err != nil {
			t.Fatalf("line %d: %v", i+1, err)
		}
		if second, _, _ := strings.Cut(object["msec"], "."); second != strconv.FormatInt(stamp.Unix(), 10) {
			t.Fatalf("line %d: %s and %s are not the same second", i+1, object["msec"], object["time_iso8601"])
		}
	}
	if invalid == 0 || invalid > 100 {
		t.Errorf("%d lines are not UTF-8, want a few", invalid)
	}
}

// TestEverythingHappens looks for what readers are known to trip over.
func TestEverythingHappens(t *testing.T) {
	wanted := map[Format][]string{
		Combined: {
			`"-" 400`, `"" 400`, `"\x16\x03\x01`, `\xC3\xBC`, `\x22hello\x22/back\x5Cslash`, ` 000 `, ` 009 `, ` - ops [eu] [`, ` - anna maria [`,
			`;jsessionid=`, `"GET http://www.example.org/news/`, `"GET http://www.example.org HTTP`, `"PROPFIND `, `"OPTIONS * `, `"\x5C"`, "unix: - ", "\n2001:db8:",
			` 101 `, ` 206 `, ` 301 `, ` 304 `, ` 404 `, ` 499 `, ` 500 `, ` 502 `, ` 503 `, ` 504 `, `?page=`, `"PURGE `, `"PATCH `,
		},
		Extended: {
			` ua="-" us="-" uct="-" uht="-" urt="-"`, ` ua="backend" us="502" uct="-" uht="-" urt="0.000"`, `, backend"`, ` : "`, `, 10.0.0.1:8080"`,
			` : 10.0.0.1:8080`, `"[2001:db8::1]:8080"`, `"unix:/run/app.sock"`, ` us="-" `, `us="502, 200"`, `uct="-, 0.00`, ` cs="HIT"`, ` variant=".one"`, `us="200 : 200"`,
		},
		JSON: {
			`"request":""`, `\u0016\u0003\u0001`, `/say/\"hello\"/back\\slash`, `"upstream_addr":"","upstream_status":""`, `"status":"009"`, "/über/straße/",
			`"variant":".two"`, `"remote_user":"eve\"quote"`, `agent\twith\u0001controls` + "\x7f",
		},
	}
	for f, texts := range wanted {
		log, _ := generate(t, Config{Seed: 5, Lines: 100_000, Format: f})
		for _, text := range texts {
			if !bytes.Contains(log, []byte(text)) {
				t.Errorf("%v: no line has %q", f, text)
			}
		}
	}
}

func TestZone(t *testing.T) {
	start := time.Date(2026, 3, 1, 1, 30, 0, 0, time.FixedZone("", 5*3600+1800))
	log, truth := generate(t, Config{Lines: 1, Start: start})
	if want := "[01/Mar/2026:01:30:00 +0530]"; !bytes.Contains(log, []byte(want)) {
		t.Errorf("%s has no %s", log, want)
	}
	if got, want := truth.Document(DocumentOptions{}).Time.First, "2026-02-28T20:00:00.000Z"; got != want {
		t.Errorf("first is %s, want %s", got, want)
	}
}

func TestNewErrors(t *testing.T) {
	for _, test := range []struct {
		config Config
		want   string
	}{
		{Config{Lines: -1}, "cannot generate -1 lines: want 0 or more"},
		{Config{Format: 9}, "cannot generate format 9: want Combined, Extended or JSON"},
		{Config{Duration: -1}, "cannot generate a log of duration -1ns: want 0 or more"},
		{Config{Clients: 2_000_000}, "cannot generate 2000000 clients: want 1 to 1048576"},
		{Config{Bad: 1.5}, "cannot generate a share of 1.5 bad lines: want 0 to 1"},
		{Config{Split: "split_clients $request_id $v { * a; }"}, `cannot generate variants by key "$request_id": want no variable but "$remote_addr"`},
		{Config{Split: "split"}, "cannot generate variants: cannot read split_clients block at 1:6: "},
	} {
		if _, err := New(test.config); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("New(%+v) gives %v, want %s", test.config, err, test.want)
		}
	}
}

func TestLineAllocatesNothing(t *testing.T) {
	for _, f := range formats {
		g, err := New(Config{Format: f})
		if err != nil {
			t.Fatal(err)
		}
		var line []byte
		for range 100_000 { // let everything grow to size
			line = g.Line(line[:0])
		}
		// A value that was never seen before may still need room.
		if n := testing.AllocsPerRun(10_000, func() { line = g.Line(line[:0]) }); n >= 1 {
			t.Errorf("%v: a line allocates %v times, want 0", f, n)
		}
	}
}

func BenchmarkLine(b *testing.B) {
	for _, f := range formats {
		b.Run(f.String(), func(b *testing.B) {
			g, err := New(Config{Seed: 1, Lines: b.N, Format: f})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.ResetTimer()
			n, err := g.WriteTo(io.Discard)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(n / int64(b.N))
		})
	}
}

// TestWorse: the variant that is to be worse fails more often, and the others as
// often as without it.
func TestWorse(t *testing.T) {
	rates := func(worse string) map[string]float64 {
		g, err := New(Config{Seed: 3, Lines: 200_000, Split: `split_clients $remote_addr $variant { 20% .new; * ""; }`, Worse: worse})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := g.WriteTo(io.Discard); err != nil {
			t.Fatal(err)
		}
		rates := map[string]float64{}
		for _, v := range g.Truth().Document(DocumentOptions{}).Variants {
			rates[v.Variant] = float64(v.Classes["5xx"]) / float64(v.Requests)
		}
		return rates
	}
	equal, worse := rates(""), rates(".new")
	if ratio := equal[".new"] / equal[""]; ratio < 0.8 || ratio > 1.25 {
		t.Errorf("without a worse variant the rates are %v", equal)
	}
	if ratio := worse[".new"] / worse[""]; ratio < 1.5 || ratio > 3 {
		t.Errorf("with a worse variant the rates are %v", worse)
	}
	if ratio := worse[""] / equal[""]; ratio < 0.9 || ratio > 1.1 {
		t.Errorf("the control fails at %v, without a worse variant at %v", worse[""], equal[""])
	}
}
