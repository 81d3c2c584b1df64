package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/splitgauge/splitgauge/splitclients"
)

func TestSplitDiffText(t *testing.T) {
	const before = `split_clients "${remote_addr}AAA" $variant { 0.5% .one; 2.0% .two; * ""; }`
	for name, after := range map[string]string{
		"diff.first":   `split_clients "${remote_addr}AAA" $variant { 1% .one; 2.0% .two; * ""; }`,
		"diff.last":    `split_clients "${remote_addr}AAA" $variant { 0.5% .one; 3% .two; * ""; }`,
		"diff.same":    `split_clients ${remote_addr}AAA $variant { 0.5% .one; 2.0% .two; }`,
		"diff.renamed": `split_clients "${remote_addr}AAA" $other { 0.5% "new one"; 2.0% .two; * ""; }`,
		"diff.key":     `split_clients "${remote_addr}BBB" $variant { 0.5% .one; 2.0% .two; * ""; }`,
		"diff.hostile": "split_clients \"${remote_addr}AAA\" $variant { 1% \"\x1b[31m\u202e\"; 2.0% .two; * \"\"; }",
	} {
		got := run(t, nil, "split", "diff", before, after)
		got.check(t, 0)
		got.golden(t, name)
	}
	run(t, nil, "split", "diff", "split_clients $a $v { 50% a; 50% b; }", "split_clients $a $v { 50% a; 40% b; }", "--nginx-version", "1.22.1").
		golden(t, "diff.1.22.1")
}

func TestSplitDiffFiles(t *testing.T) {
	directory := t.TempDir()
	before := writeFile(t, directory, "before.conf", []byte("split_clients $a $v {\n  10% a;\n  * b;\n}\n"))
	after := writeFile(t, directory, "after.conf", []byte("# new\nsplit_clients $a $v {\n  20% a;\n  * b;\n}\n"))
	for _, arguments := range [][]string{{before, after}, {"@" + before, after}, {"@" + before, "split_clients $a $v { 20% a; * b; }"}} {
		got := run(t, nil, append([]string{"split", "diff"}, arguments...)...)
		got.check(t, 0)
		got.shows(t, "10.000000% of clients get another variant: 100,000 of 1,000,000.")
	}
	block := filepath.Join(directory, "odd name {}.conf")
	if err := os.WriteFile(block, []byte(documentedBlock), 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, nil, "split", "diff", "@"+block, "@"+block).shows(t, "No client gets another variant.")
}

// TestSplitDiffJSON reads the document back and holds it against the tables.
func TestSplitDiffJSON(t *testing.T) {
	const after = `split_clients "${remote_addr}AAA" $variant { 1% .one; 2.0% .two; * ""; }`
	got := run(t, nil, "split", "diff", documentedBlock, after, "-o", "json")
	got.check(t, 0)
	got.golden(t, "diff.json")
	var document struct {
		Exact         bool
		Moved, Needed struct {
			Hashes  uint64
			Percent float64
		}
		Moves []struct {
			From, To string
			Hashes   uint64
			Percent  float64
		}
		Better *struct {
			Block string
			Moved struct{ Hashes uint64 }
		}
		Warnings, Notes []string
	}
	if err := json.Unmarshal([]byte(got.out), &document); err != nil {
		t.Fatal(err)
	}
	old, err := splitclients.Parse(documentedBlock, splitclients.RuleNewest)
	if err != nil {
		t.Fatal(err)
	}
	changed, err := splitclients.Parse(after, splitclients.RuleNewest)
	if err != nil {
		t.Fatal(err)
	}
	want := old.Table.Diff(&changed.Table)
	if !document.Exact || document.Moved.Hashes != want.Moved || document.Needed.Hashes != want.Needed || len(document.Moves) != len(want.Moves) {
		t.Errorf("got %+v, want %+v", document, want)
	}
	if document.Moved.Percent*splitclients.HashSpace/100 != float64(want.Moved) {
		t.Errorf("%v %% are not %d hashes", document.Moved.Percent, want.Moved)
	}
	for i, move := range document.Moves {
		if move.From != want.Moves[i].From || move.To != want.Moves[i].To || move.Hashes != want.Moves[i].Hashes {
			t.Errorf("move %+v, want %+v", move, want.Moves[i])
		}
	}
	if len(document.Warnings) != 1 || !strings.Contains(document.Warnings[0], "moves every boundary after it") || len(document.Notes) != 0 {
		t.Errorf("warnings %q, notes %q", document.Warnings, document.Notes)
	}
	better, err := splitclients.Parse(document.Better.Block, splitclients.RuleNewest)
	if err != nil {
		t.Fatal(err)
	}
	if moved := old.Table.Diff(&better.Table).Moved; moved != document.Better.Moved.Hashes || moved >= want.Moved {
		t.Errorf("the better block moves %d hashes, the document says %d; plainly %d", moved, document.Better.Moved.Hashes, want.Moved)
	}
}

// TestSplitDiffJSONLists: what is empty is a list too.
func TestSplitDiffJSONLists(t *testing.T) {
	got := run(t, nil, "split", "diff", documentedBlock, documentedBlock, "-o", "json")
	got.check(t, 0)
	got.shows(t, `"moves": []`, `"better": null`, `"warnings": []`, `"notes": []`)
}
