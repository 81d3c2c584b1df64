package nginxconf

import (
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files of testdata/corpus instead of comparing with them")

const corpus = "testdata/corpus"

// etc is where the configurations of the corpus are as they see it.
const etc = "/etc/nginx/"

// cases returns the names of the configurations in the corpus.
func cases(t testing.TB) (names []string) {
	entries, err := os.ReadDir(corpus)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	if len(names) < 40 {
		t.Fatalf("%d configurations in %s, want at least 40", len(names), corpus)
	}
	return names
}

// options reads a configuration of the corpus as if it was in etc.
func corpusOptions(name string) Options {
	local := func(path string) string {
		return filepath.Join(corpus, name, strings.TrimPrefix(path, etc))
	}
	return Options{
		Prefix:      "/usr/share/nginx",
		HTTPLogPath: "/var/log/nginx/access.log",
		Open: func(path string) (io.ReadCloser, error) {
			file, err := os.Open(local(path))
			return file, namedAs(err, path)
		},
		ReadDir: func(path string) ([]string, error) { return readDir(local(path)) },
	}
}

// namedAs makes an error of a file say the name by which it was asked for.
func namedAs(err error, name string) error {
	if failed, ok := err.(*os.PathError); ok {
		failed.Path = name
	}
	return err
}

func TestCorpus(t *testing.T) {
	failing := 0
	for _, name := range cases(t) {
		if strings.HasPrefix(name, "fail-") {
			failing++
		}
		t.Run(name, func(t *testing.T) {
			config, err := Parse(etc+"nginx.conf", corpusOptions(name))
			if (err != nil) != strings.HasPrefix(name, "fail-") {
				t.Errorf("error %v; the names of those that must fail, and only those, start with %q", err, "fail-")
			}
			got := ""
			if err != nil {
				got = err.Error() + "\n"
			} else {
				got = describe(config)
				checkText(t, config.Main)
			}
			// Errors of the operating system name the file as it is on disk.
			got = strings.ReplaceAll(got, filepath.Join(corpus, name)+"/", etc)
			compareGolden(t, filepath.Join(corpus, name, "want.txt"), got)
		})
	}
	if failing < 12 {
		t.Errorf("%d configurations must fail, want at least 12", failing)
	}
}

func compareGolden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; go test -update writes it anew\ngot:\n%s\nwant:\n%s", file, got, want)
	}
}

// checkText prints the directives of a file and of those included, and reads
// the text again.
func checkText(t *testing.T, file *File) {
	t.Helper()
	text := Text(file.Directives)
	again, err := parseTree(file.Name, text)
	if err != nil {
		t.Fatalf("text of %s: %v\n%s", file.Name, err, text)
	}
	if !sameDirectives(file.Directives, again) {
		t.Errorf("the text of %s is another tree:\n%s", file.Name, text)
	}
	if second := Text(again); second != text {
		t.Errorf("the text of %s changes when printed again:\n%s\nthen:\n%s", file.Name, text, second)
	}
	var visit func([]*Directive)
	visit = func(directives []*Directive) {
		for _, d := range directives {
			for _, file := range d.Files {
				checkText(t, file)
			}
			visit(d.Block)
		}
	}
	visit(file.Directives)
}

// sameDirectives compares all but positions.
func sameDirectives(a, b []*Directive) bool {
	return slices.EqualFunc(a, b, func(a, b *Directive) bool {
		return sameWord(a.Name, b.Name) && slices.EqualFunc(a.Arguments, b.Arguments, sameWord) &&
			a.HasBlock == b.HasBlock && a.Lua == b.Lua && sameDirectives(a.Block, b.Block)
	})
}

func sameWord(a, b Word) bool { return a.Text == b.Text && a.Quoted == b.Quoted }
