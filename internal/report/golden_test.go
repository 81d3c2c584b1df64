package report

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// writers are all ways to write a report, by the name of the golden file.
var writers = []struct {
	name  string
	write func(io.Writer, *Report) error
}{
	{"json", WriteJSON},
	{"csv", WriteCSV},
	{"80.txt", text(Options{Width: 80, Unicode: true})},
	{"80.colour.txt", text(Options{Width: 80, Unicode: true, Colour: true})},
	{"120.txt", text(Options{Width: 120, Unicode: true})},
	{"120.colour.txt", text(Options{Width: 120, Unicode: true, Colour: true})},
	{"ascii.txt", text(Options{})},
}

func text(o Options) func(io.Writer, *Report) error {
	return func(w io.Writer, r *Report) error { return WriteText(w, r, o) }
}

func TestGolden(t *testing.T) {
	reports := map[string]func() *Report{"full": fixture, "nothing": nothing}
	for name, report := range reports {
		for _, w := range writers {
			t.Run(name+"."+w.name, func(t *testing.T) {
				compareGolden(t, name+"."+w.name+".golden", written(t, w.write, report()))
			})
		}
	}
}

func written(t *testing.T, write func(io.Writer, *Report) error, r *Report) []byte {
	t.Helper()
	var buffer bytes.Buffer
	if err := write(&buffer, r); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

func compareGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; look at the output, and if it is right run go test -update\n%s", path, firstDifference(got, want))
	}
}

// firstDifference returns the first line that differs, as got and as wanted.
func firstDifference(got, want []byte) string {
	gotLines, wantLines := bytes.Split(got, []byte("\n")), bytes.Split(want, []byte("\n"))
	for i := range min(len(gotLines), len(wantLines)) {
		if !bytes.Equal(gotLines[i], wantLines[i]) {
			return "got  " + string(gotLines[i]) + "\nwant " + string(wantLines[i])
		}
	}
	return "one is the beginning of the other"
}
