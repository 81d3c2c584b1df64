package agent

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/splitgauge/splitgauge/internal/loggen"
	"github.com/splitgauge/splitgauge/internal/report"
)

// compareTruth holds a report against the truth, field by field.
func compareTruth(t *testing.T, got []byte, truth *loggen.Document) {
	t.Helper()
	want, err := json.Marshal(truth)
	if err != nil {
		t.Fatal(err)
	}
	c := comparison{}
	gotTree, wantTree := decodeTree(t, got), decodeTree(t, want)
	delete(gotTree, "experiments") // not of what was logged
	c.compare("", gotTree, wantTree)
	c.report(t)
}

// compareParts holds a report against the parts of it that are wanted. Members
// that are not mentioned may be anything, but not within a map of counts.
func compareParts(t *testing.T, r *report.Report, want string) {
	t.Helper()
	c := comparison{partly: true}
	c.compare("", decodeTree(t, jsonOf(t, r)), decodeTree(t, []byte(want)))
	c.report(t)
}

func (c *comparison) report(t *testing.T) {
	t.Helper()
	const most = 20
	for _, difference := range c.differences[:min(most, len(c.differences))] {
		t.Error(difference)
	}
	if more := len(c.differences) - most; more > 0 {
		t.Errorf("and %d more differences", more)
	}
}

func decodeTree(t *testing.T, document []byte) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber() // a sum must not be rounded before it is compared
	var tree map[string]any
	if err := decoder.Decode(&tree); err != nil {
		t.Fatalf("%v in %.200s", err, document)
	}
	return tree
}

// comparison collects in what two JSON trees differ.
type comparison struct {
	partly      bool // members that are not wanted are left alone
	differences []string
}

func (c *comparison) compare(path string, got, want any) {
	switch want := want.(type) {
	case map[string]any:
		if got, ok := got.(map[string]any); ok {
			c.compareObjects(path, got, want)
			return
		}
	case []any:
		if got, ok := got.([]any); ok {
			c.compareLists(path, got, want)
			return
		}
	case json.Number:
		if got, ok := got.(json.Number); ok && isClientCount(path) && closeEnough(got, want) {
			return
		}
	}
	if got != want {
		c.differ(path, got, want)
	}
}

func (c *comparison) differ(path string, got, want any) {
	c.differences = append(c.differences, fmt.Sprintf("%s: got %v, want %v", path, brief(got), brief(want)))
}

func (c *comparison) compareObjects(path string, got, want map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if value, ok := got[key]; ok {
			c.compare(join(path, key), value, want[key])
		} else {
			c.differ(join(path, key), "nothing", want[key])
		}
	}
	if c.partly && !isCounts(path) {
		return
	}
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[key]; !ok {
			c.differ(join(path, key), got[key], "nothing")
		}
	}
}

func (c *comparison) compareLists(path string, got, want []any) {
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			c.differ(element(path, i, want[i]), "nothing", want[i])
		case i >= len(want):
			c.differ(element(path, i, got[i]), got[i], "nothing")
		default:
			c.compare(element(path, i, want[i]), got[i], want[i])
		}
	}
}

func join(path, key string) string { return strings.TrimPrefix(path+"."+key, ".") }

// element returns the path of a list's element, with its name.
func element(path string, i int, row any) string {
	if row, ok := row.(map[string]any); ok {
		for _, key := range []string{"variant", "host", "server", "path", "start"} {
			if name, ok := row[key]; ok {
				return fmt.Sprintf("%s[%d %q]", path, i, name)
			}
		}
	}
	return fmt.Sprintf("%s[%d]", path, i)
}

func brief(value any) string {
	text := fmt.Sprint(value)
	if len(text) > 100 {
		return text[:100] + "…"
	}
	return text
}

// isCounts reports a map of counts by what was seen.
func isCounts(path string) bool {
	return slices.Contains([]string{"status", "status_classes", "methods", "reasons"}, path[strings.LastIndexByte(path, '.')+1:])
}

// isClientCount reports a count that is an estimate.
func isClientCount(path string) bool {
	return path == "clients" || strings.HasSuffix(path, "].clients")
}

// closeEnough reports that an estimate is within 3 %, of few within 2.
func closeEnough(got, want json.Number) bool {
	g, errGot := got.Int64()
	w, errWant := want.Int64()
	distance := max(g-w, w-g)
	return errGot == nil && errWant == nil && (distance <= 2 || 100*distance <= 3*w)
}

// jsonOf writes a report as JSON.
func jsonOf(t *testing.T, r *report.Report) []byte {
	t.Helper()
	var buffer bytes.Buffer
	if err := report.WriteJSON(&buffer, r); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

// textOf writes a report as text.
func textOf(t *testing.T, r *report.Report) string {
	t.Helper()
	var buffer bytes.Buffer
	if err := report.WriteText(&buffer, r, report.Options{Width: 120, Unicode: true}); err != nil {
		t.Fatal(err)
	}
	return buffer.String()
}

// TestComparisonFinds makes sure that what the truth is held against cannot
// pass by mistake.
func TestComparisonFinds(t *testing.T) {
	want := `{"n":1,"m":{"a":1,"b":2},"variants":[{"variant":".one","clients":100},{"variant":"","clients":5}],"clients":1000}`
	for _, test := range []struct {
		got   string
		finds string
	}{
		{want, ""},
		{strings.Replace(want, `"clients":1000`, `"clients":1030`, 1), ""},
		{strings.Replace(want, `"clients":5`, `"clients":7`, 1), ""},
		{strings.Replace(want, `"clients":1000`, `"clients":1031`, 1), "clients: got 1031, want 1000"},
		{strings.Replace(want, `"clients":100}`, `"clients":96}`, 1), `variants[0 ".one"].clients: got 96, want 100`},
		{strings.Replace(want, `"n":1`, `"n":1.0`, 1), "n: got 1.0, want 1"},
		{strings.Replace(want, `"n":1,`, ``, 1), "n: got nothing, want 1"},
		{strings.Replace(want, `"a":1`, `"a":1,"c":3`, 1), "m.c: got 3, want nothing"},
		{strings.Replace(want, `"a":1`, `"a":2`, 1), "m.a: got 2, want 1"},
		{strings.Replace(want, `,{"variant":"","clients":5}`, ``, 1), `variants[1 ""]: got nothing, want map[clients:5 variant:]`},
		{strings.Replace(want, `"m":{"a":1,"b":2}`, `"m":null`, 1), "m: got <nil>, want map[a:1 b:2]"},
	} {
		c := comparison{}
		c.compare("", decodeTree(t, []byte(test.got)), decodeTree(t, []byte(want)))
		if got := strings.Join(c.differences, "; "); got != test.finds {
			t.Errorf("%s: found %q, want %q", test.got, got, test.finds)
		}
	}
}
