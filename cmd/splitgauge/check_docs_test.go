package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestCheckDocumentedFormats holds the formats of docs/nginx.md to what the page
// says that each adds.
func TestCheckDocumentedFormats(t *testing.T) {
	page, err := os.ReadFile("../../docs/nginx.md")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{ // what each does not tell
		"timed":     "upstreams",
		"upstreams": "",
		"full":      "",
		"json":      "",
	}
	t.Chdir(t.TempDir())
	for _, block := range regexp.MustCompile("(?s)```nginx\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		name := regexp.MustCompile(`log_format (\w+)`).FindStringSubmatch(block[1])
		if name == nil {
			t.Errorf("no log_format in %s", block[1])
			continue
		}
		conf := "events {}\nhttp {\n" + block[1] + "access_log access.log " + name[1] + ";\nupstream backend { server 127.0.0.1:1; }\n}\n"
		writeFile(t, ".", "nginx.conf", []byte(conf))
		r := run(t, nil, "check", "--nginx-conf", "nginx.conf", "-o", "json")
		r.check(t, 0)
		var missing []string
		for _, finding := range r.checked(t).Formats[0].Findings {
			if finding.Level == "missing" {
				missing = append(missing, finding.About)
			}
		}
		expected, known := want[name[1]]
		if got := strings.Join(missing, " "); !known || got != expected {
			t.Errorf("%s does not tell %q, want %q", name[1], got, expected)
		}
		delete(want, name[1])
	}
	if len(want) > 0 {
		t.Errorf("not on the page: %v", want)
	}
}
