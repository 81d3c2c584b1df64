package report

import (
	"bytes"
	"io"
	"maps"
	"reflect"
	"slices"
	"testing"
)

// compareWriters are all ways to write a comparison, by the name of the golden file.
var compareWriters = []struct {
	name   string
	always bool // of every comparison, else of some
	write  func(io.Writer, *Report) error
}{
	{"json", true, WriteCompareJSON},
	{"md", true, WriteCompareMarkdown},
	{"80.txt", true, compareText(Options{Width: 80, Unicode: true})},
	{"80.colour.txt", false, compareText(Options{Width: 80, Unicode: true, Colour: true})},
	{"80.ascii.txt", false, compareText(Options{Width: 80})},
	{"120.txt", false, compareText(Options{Width: 120, Unicode: true})},
	{"50.txt", false, compareText(Options{Width: 50, Unicode: true})},
}

func compareText(o Options) func(io.Writer, *Report) error {
	return func(w io.Writer, r *Report) error { return WriteCompareText(w, r, o) }
}

func TestCompareGolden(t *testing.T) {
	for name, r := range comparisons() {
		for _, w := range compareWriters {
			if w.always || slices.Contains([]string{"worse", "open", "equivalent", "split"}, name) {
				t.Run(name+"."+w.name, func(t *testing.T) {
					compareGolden(t, "compare."+name+"."+w.name+".golden", written(t, w.write, r))
				})
			}
		}
	}
}

// TestReplayExperimentsGolden has the experiments as a report shows them.
func TestReplayExperimentsGolden(t *testing.T) {
	r := comparisons()["both"]
	for _, w := range writers {
		compareGolden(t, "experiments."+w.name+".golden", written(t, w.write, r))
	}
}

// TestCompareSameBytes is what keeps the order of maps out, and writers from
// changing what they write.
func TestCompareSameBytes(t *testing.T) {
	want := comparisons()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		r := comparisons()[name]
		for _, w := range compareWriters {
			first := written(t, w.write, r)
			for range 3 {
				if !bytes.Equal(written(t, w.write, r), first) {
					t.Fatalf("%s.%s: two outputs differ", name, w.name)
				}
			}
		}
		if !reflect.DeepEqual(r, want[name]) {
			t.Errorf("%s: a writer changed the report", name)
		}
	}
}

// TestCompareEveryWidth: no line is wider than asked.
func TestCompareEveryWidth(t *testing.T) {
	all := comparisons()
	for _, name := range []string{"open", "noharm", "log", "both"} {
		r := all[name]
		for width := 1; width <= 150; width += 1 + width/15 {
			for _, o := range []Options{{width, true, true}, {width, false, false}} {
				got := string(written(t, compareText(o), r))
				if o.Colour {
					got = ownStyles.ReplaceAllString(got, "")
				}
				if err := checkTerminal(got, o); err != nil {
					t.Errorf("%s, %+v: %v", name, o, err)
				}
			}
		}
	}
}
