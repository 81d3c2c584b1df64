package conformance

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// page is the document with the table.
const page = "../../docs/reliability.md"

// The table stands between these lines.
const (
	tableStart = "<!-- written by make conformance: do not edit -->\n"
	tableEnd   = "<!-- end -->\n"
)

// updateTable writes the results of a run into the document.
func updateTable(t *testing.T, results map[string]outcome) {
	t.Helper()
	if t.Failed() || !isFull() {
		t.Errorf("%s is written only by a run at full length without failures", page)
		return
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), tableStart)
	_, after, foundEnd := strings.Cut(rest, tableEnd)
	if !found || !foundEnd {
		t.Fatalf("%s has no lines %q and %q", page, tableStart, tableEnd)
	}
	if err := os.WriteFile(page, []byte(before+tableStart+table(results)+tableEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// table writes the results as Markdown.
func table(results map[string]outcome) string {
	var b strings.Builder
	b.WriteString("\n| | rotations | lines written | counted | lost | twice |\n|---|--:|--:|--:|--:|--:|\n")
	for _, group := range groups() {
		fmt.Fprintf(&b, "| **%s** | | | | | |\n", group.title)
		for _, s := range group.scenarios {
			r := results[s.name]
			lost := fmt.Sprint(r.lost)
			if r.gone > 0 {
				lost += fmt.Sprintf(" (and %s gone from the disk before anyone could read them)", grouped(r.gone))
			}
			fmt.Fprintf(&b, "| %s | %d | %s | %s | %s | %d |\n", s.shape, r.rotations, grouped(r.written), grouped(r.counted), lost, r.twice)
		}
	}
	b.WriteString("\n")
	return b.String()
}

// grouped writes a number with spaces between thousands.
func grouped(number int64) string {
	text := fmt.Sprint(number)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + " " + text[at:]
	}
	return text
}

// TestTable holds the document to have been written since scenarios changed.
func TestTable(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), tableStart)
	got, _, found := strings.Cut(rest, tableEnd)
	if !found {
		t.Fatalf("%s has no table", page)
	}
	shapes := func(table string) string {
		return strings.Join(regexp.MustCompile(`(?m)^\| [^|]* \|`).FindAllString(table, -1), "\n")
	}
	if want := shapes(table(nil)); shapes(got) != want {
		t.Errorf("the table in %s is not that of the scenarios; write it with: make conformance SPLITGAUGE_UPDATE=1", page)
	}
	if rows := regexp.MustCompile(`(?m)^\| [^*|]+ \|.*\| 0( \(.*\))? \| 0 \|$`).FindAllString(got, -1); len(rows) != len(regexp.MustCompile(`(?m)^\| [a-zA-Z0-9]`).FindAllString(got, -1)) {
		t.Errorf("the table in %s has rows with lost lines or lines counted twice", page)
	}
	if got := grouped(1234567); got != "1 234 567" {
		t.Errorf("grouped: %q", got)
	}
}
