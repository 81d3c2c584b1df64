package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/splitgauge/splitgauge/aggregator"
)

// hostileTexts are texts that no output may pass on as they are.
var hostileTexts = []string{
	"\x1b[31mred\x1b]0;title\x07",
	"raw C1 \x9b31m",
	"C1 \u009b31m",
	"\u202egnp.exe",
	"\u2066isolated\u2069",
	"zero\u200bwidth\u200d\ufeff",
	"lines\nand\r\ntabs\t\v\f\x00\b",
	"\x7f",
	"\xff\xfe\xc0\xaf",
	"separators\u2028\u2029\u0085",
	"tags \U000e0041\U000e007f",
	"private \ue000\U000f0000",
	"fillers \u3164\uffa0\u115f\u2800\u034f\ufe0f\u00ad\u00a0\u3000",
	"\u0301leading mark",
	"tower " + strings.Repeat("\u0301", 40),
	`back\slash "quote" ` + "`tick`",
	"=cmd|' /C calc'!A0", " +1", "-2+3", "@SUM(A1)", "＝1", "'=1",
	strings.Repeat("long/", 51),
	strings.Repeat("漢", 85),
	strings.Repeat("\U000e0001", 64),
	"</script><b>&amp;",
}

// hostile returns a report with the text in every position that has one.
func hostile(text string) *Report {
	s := aggregator.NewSnapshot()
	s.Lines = aggregator.Lines{Parsed: 90, Partial: 9, Unparsed: 1, Bytes: 1000, Reasons: map[string]int64{text: 9, "format": 1}}
	s.First, s.Last = fixtureStart.UnixMilli(), fixtureStart.UnixMilli()+3_600_000
	traffic := func() *aggregator.Traffic {
		return &aggregator.Traffic{Requests: 99, Classes: classes(90, 3, 3, 3), BytesSent: 12_345, RequestTime: histogram(3, 50, 1200, 40)}
	}
	s.Variants, s.HasVariants = map[string]*aggregator.Traffic{text: traffic()}, true
	s.Hosts = map[string]*aggregator.Traffic{text: traffic()}
	s.Paths = map[string]*aggregator.Traffic{text: traffic()}
	s.Upstreams = map[string]*aggregator.Server{text: {Attempts: 99, Status: map[int]int64{200: 99}, ResponseTime: histogram(3, 99)}}
	s.Requests = map[aggregator.RequestKey]int64{{Host: text, Variant: text, Status: 200}: 99}
	s.VariantAttempts = map[aggregator.VariantServer]int64{{Variant: text, Server: text}: 99}
	s.Timeline.Slots[fixtureStart.Unix()] = traffic()
	s.Timeline.Slots[fixtureStart.Unix()+3600] = traffic()
	s.Overflow = aggregator.Overflow{Variant: 1, Upstream: 1, Method: 1, Status: 1, Host: 1, Path: 1}
	return &Report{
		Snapshot:   s,
		Sources:    []Source{{text, text, text, text, 99}, {"plain.log", "combined", "", "", 1}},
		Failures:   []Failure{{text, 12, text}},
		Duplicates: []Duplicate{{text, text}},
		Samples: []Sample{
			{Source: text, Line: 1, Column: 2, Reason: text, Field: text, Text: []byte(text), Explanation: text},
			{Source: "short", Line: 1, Reason: text, Text: []byte(text)},
		},
		Split: text, VariantOrigin: text,
	}
}

// ownStyles are the escape sequences that the text itself uses.
var ownStyles = regexp.MustCompile("\x1b\\[(0|1|2|31)m")

func TestTextShowsNothingRaw(t *testing.T) {
	for i, hostileText := range hostileTexts {
		for _, width := range []int{1, 2, 7, 20, 33, 40, 60, 80, 81, 120, 250} {
			for _, o := range []Options{{width, false, true}, {width, true, true}, {width, false, false}} {
				got := string(written(t, text(o), hostile(hostileText)))
				if o.Colour {
					got = ownStyles.ReplaceAllString(got, "")
				}
				if err := checkTerminal(got, o); err != nil {
					t.Errorf("text %d (%q), %+v: %v", i, hostileText, o, err)
				}
			}
		}
	}
}

// checkTerminal reports what a text without styles holds that may not reach a
// terminal.
func checkTerminal(got string, o Options) error {
	if !utf8.ValidString(got) {
		return fmt.Errorf("not UTF-8")
	}
	for number, line := range strings.Split(got, "\n") {
		if cells(line) > o.Width {
			return fmt.Errorf("line %d is %d cells wide: %q", number+1, cells(line), line)
		}
		if strings.HasSuffix(line, " ") {
			return fmt.Errorf("line %d ends in a space: %q", number+1, line)
		}
		for _, r := range line {
			if hidden(r) || r > 0x7e && !o.Unicode {
				return fmt.Errorf("line %d holds %U: %q", number+1, r, line)
			}
		}
	}
	return nil
}

func TestJSONIsValidForAnyBytes(t *testing.T) {
	for _, text := range hostileTexts {
		got := written(t, WriteJSON, hostile(text))
		var document struct {
			Variants []struct{ Variant string }
			Lines    struct{ Reasons map[string]int64 }
		}
		if err := json.Unmarshal(got, &document); err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if document.Variants[0].Variant != string([]rune(text)) { // each bad byte is U+FFFD
			t.Errorf("variant %q became %q", text, document.Variants[0].Variant)
		}
		if n := document.Lines.Reasons[strings.ToValidUTF8(text, "\uFFFD")]; n != 9 {
			t.Errorf("reason %q: %d lines, want 9", text, n)
		}
		for _, r := range string(got) {
			if r != '\n' && hidden(r) {
				t.Errorf("%q: the document holds %U", text, r)
			}
		}
	}
}

func TestJSONNamesNoReasonTwice(t *testing.T) {
	r := nothing()
	r.Snapshot.Lines.Reasons = map[string]int64{"\xff": 1, "\xfe": 2, "\xff\xfe": 4, "gone": 0}
	got := written(t, WriteJSON, r)
	if !bytes.Contains(got, []byte(`"reasons": {
      "`+"\uFFFD"+`": 7
    }`)) {
		t.Errorf("got %s", got)
	}
}

func TestCSVIsSafeInSpreadsheets(t *testing.T) {
	for _, text := range hostileTexts {
		records, err := csv.NewReader(bytes.NewReader(written(t, WriteCSV, hostile(text)))).ReadAll()
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		for _, record := range records {
			for i, field := range record {
				if trimmed := strings.TrimLeft(field, " "); len(trimmed) > 1 && strings.ContainsAny(trimmed[:1], "=+-@") {
					t.Errorf("field %d of %q may be a formula", i, record)
				}
				for _, r := range field {
					if hidden(r) {
						t.Errorf("%q holds %U", record, r)
					}
				}
			}
		}
	}
}

func TestGuard(t *testing.T) {
	for name, want := range map[string]string{
		"": "", "-": "-", "/a": "/a", "=1": "'=1", "--": "'--", "  @a": "'  @a", "＋1": "'＋1", "'a": "''a", "\t=1": `\x09=1`, "a=1": "a=1",
	} {
		if got := guard(name); got != want {
			t.Errorf("guard(%q) = %q, want %q", name, got, want)
		}
	}
}
