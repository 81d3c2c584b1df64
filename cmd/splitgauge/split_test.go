package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var updateSplit = flag.Bool("update-split", false, "rewrite the golden files of split")

// documentedBlock is the one of nginx's documentation.
const documentedBlock = `split_clients "${remote_addr}AAA" $variant { 0.5% .one; 2.0% .two; * ""; }`

// golden holds the output of a run against a file.
func (r result) golden(t *testing.T, name string) {
	t.Helper()
	path := filepath.Join("testdata", "split", name+".golden")
	if *updateSplit {
		if err := os.WriteFile(path, []byte(r.out), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if r.out != string(want) {
		t.Errorf("%s differs; look at the output, and if it is right run go test -update-split\n%s", path, r.out)
	}
}

func TestSplitHelp(t *testing.T) {
	root := newRootCommand(terminal{})
	split, _, err := root.Find([]string{"split"})
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range split.Commands() {
		got := run(t, nil, "split", verb.Name(), "--help")
		got.check(t, 0)
		got.shows(t, "Usage:", "splitgauge split "+verb.Name(), "Examples:", "Exit codes:")
		for line := range strings.Lines(verb.Example) {
			checkExample(t, shellWords(t, line[strings.Index(line, "splitgauge")+len("splitgauge"):]))
		}
	}
	run(t, nil, "split").shows(t, "assign", "diff", "simulate")
}

func TestSplitWrongUsage(t *testing.T) {
	directory := t.TempDir()
	wrong := writeFile(t, directory, "wrong.conf", []byte("split_clients $a $v {\n 60% a;\n 60% b;\n}"))
	for _, test := range []struct {
		arguments []string
		says      string
	}{
		{[]string{"simulat"}, `unknown command "simulat" for "splitgauge split"`},
		{[]string{"assign", "x"}, "no split: give a block, for example --split 'split_clients "},
		{[]string{"assign", "--split", "x", "x"}, `cannot use --split: cannot read split_clients block at 1:2: `},
		{[]string{"assign", "--split", documentedBlock}, `nothing to assign: give values, or "-" for standard input`},
		{[]string{"assign", "--split", documentedBlock, "a", "-"}, `cannot read standard input among other values: want "-" alone`},
		{[]string{"assign", "--split", documentedBlock, "-o", "csv", "a"}, `cannot write output "csv": want text or json`},
		{[]string{"assign", "--split", documentedBlock, "--nginx-version", "1.22", "a"}, `cannot use --nginx-version: cannot read nginx version "1.22"`},
		{[]string{"assign", "--split", "split_clients $a-$b $v { * a; }", "x"}, `cannot put a value into key "$a-$b": it has 2 variables, $a and $b; --raw-key takes values for whole keys`},
		{[]string{"assign", "--split", "split_clients a $v { * a; }", "x"}, `cannot put a value into key "a": it has no variable; --raw-key`},
		{[]string{"assign", "--split", "@" + filepath.Join(directory, "none"), "x"}, "no such file"},
		{[]string{"assign", "--split", "@" + directory, "x"}, "is no file"},
		{[]string{"assign", "--split", "@" + wrong, "x"}, `wrong.conf": cannot read split_clients block at 3:2: "60%" brings the total to more than 100 %`},

		{[]string{"diff"}, "cannot compare 0 blocks: want two, the old one and the new one"},
		{[]string{"diff", documentedBlock}, "cannot compare 1 blocks"},
		{[]string{"diff", documentedBlock, documentedBlock, "-o", "csv"}, `cannot write output "csv"`},
		{[]string{"diff", documentedBlock, wrong}, "cannot use NEW: file "},
		{[]string{"diff", filepath.Join(directory, "none"), documentedBlock}, "cannot use OLD: cannot read the split_clients block: "},
		{[]string{"diff", "split_clients {", documentedBlock}, "cannot use OLD: cannot read split_clients block at 1:"},
		{[]string{"diff", documentedBlock, documentedBlock, "--nginx-version", "x"}, "cannot use --nginx-version"},
	} {
		arguments := append([]string{"split"}, test.arguments...)
		got := run(t, mustNotRead{t, arguments}, arguments...)
		got.check(t, exitUsage, test.says)
		if got.out != "" {
			t.Errorf("%q: stdout %q, want nothing", arguments, got.out)
		}
	}
}
