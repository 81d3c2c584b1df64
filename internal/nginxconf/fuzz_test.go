package nginxconf

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// maxFuzzed bounds what is fuzzed: more bytes find nothing more.
const maxFuzzed = 64 << 10

// inMemory returns options that read files from a map of texts.
func inMemory(files map[string]string) Options {
	return Options{
		Prefix: "/prefix",
		Open: func(name string) (io.ReadCloser, error) {
			text, ok := files[name]
			if !ok {
				return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
			}
			return io.NopCloser(strings.NewReader(text)), nil
		},
		ReadDir: func(directory string) (names []string, err error) {
			for name := range files {
				if rest, found := strings.CutPrefix(name, directory); found && !strings.Contains(rest, "/") {
					names = append(names, rest)
				}
			}
			return names, nil
		},
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range cases(f) {
		text, err := os.ReadFile(filepath.Join(corpus, name, "nginx.conf"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), "log_format a x;\n")
	}
	f.Add("include a.conf; include *.conf;", "include b.conf; include [a-b].conf;")
	f.Add("http { include ?.conf; }", "server { access_log x; } upstream u { include b.conf; server a; }")
	f.Fuzz(func(t *testing.T, main, included string) {
		if len(main)+len(included) > maxFuzzed {
			return
		}
		files := map[string]string{"/c/nginx.conf": main, "/c/a.conf": included, "/c/b.conf": "log_format b $host;"}
		config, err := Parse("/c/nginx.conf", inMemory(files))
		if err != nil {
			checkError(t, err)
			return
		}
		checkText(t, config.Main)
		dumped, err := ParseDump(strings.NewReader(dumpOf(config.Files, files)), Options{Prefix: "/prefix"})
		if strings.Contains(main+included, sectionStart) {
			return // a file that holds what looks like a dump
		}
		if err != nil {
			t.Fatalf("from the output of nginx -T: %v", err)
		}
		if got, want := describe(dumped), describe(config); got != want {
			t.Errorf("from the output of nginx -T:\n%s\nwant:\n%s", got, want)
		}
	})
}

// dumpOf writes files as nginx -T does.
func dumpOf(names []string, files map[string]string) string {
	var b strings.Builder
	for _, name := range names {
		b.WriteString(sectionStart + name + ":\n" + files[name] + "\n")
	}
	return b.String()
}

// checkError says whether an error is one that a user can do something with.
func checkError(t *testing.T, err error) {
	t.Helper()
	var located *Error
	if !errors.As(err, &located) {
		t.Fatalf("%v is a %T, want a *Error", err, err)
	}
	if located.Line < 1 || located.Column < 1 || located.File == "" {
		t.Errorf("%v is nowhere", err)
	}
	const most = 64 << 10
	if len(err.Error()) > most {
		t.Errorf("the error is %d bytes long", len(err.Error()))
	}
}

func FuzzParseDump(f *testing.F) {
	for _, name := range cases(f) {
		files := map[string]string{}
		var names []string
		for _, file := range []string{"nginx.conf", "a.conf", "b.conf"} {
			if text, err := os.ReadFile(filepath.Join(corpus, name, file)); err == nil {
				names = append(names, etc+file)
				files[etc+file] = string(text)
			}
		}
		f.Add(dumpOf(names, files))
	}
	f.Add("nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\n# configuration file a:\ninclude */b/../*;\n# configuration file a/b:\n# configuration file a:\n")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > maxFuzzed {
			return
		}
		config, err := ParseDump(strings.NewReader(text), Options{})
		if err == nil {
			checkText(t, config.Main)
			describe(config)
		} else if len(err.Error()) > maxFuzzed {
			t.Errorf("the error is %d bytes long", len(err.Error()))
		}
	})
}
