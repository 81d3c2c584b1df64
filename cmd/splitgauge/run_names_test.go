package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRunNames brings a file that has been counted back under another name, or
// its log back into the configuration: every line counts once.
func TestRunNames(t *testing.T) {
	const written, more = 100, 5
	series := `splitgauge_http_requests_total{method="GET",status="200",variant=""}`
	type site struct {
		t         *testing.T
		directory string
		state     string
		*agentRun
	}
	file := func(s *site, name string) string { return filepath.Join(s.directory, name) }
	start := func(s *site, pattern string) {
		s.agentRun = startRun(s.t, fmt.Sprintf("nginx: {config: none}\nlogs: [{path: %q, format: combined}]\nreading: {from_beginning: true, linger: 1s}\n", pattern),
			"--state-directory", s.state)
		s.ready(s.t)
	}
	reload := func(s *site, pattern string) {
		before := strings.Count(s.err.String(), "msg=reloaded")
		writeFile(s.t, filepath.Dir(s.file), filepath.Base(s.file),
			fmt.Appendf(nil, "nginx: {config: none}\nlogs: [{path: %q, format: combined}]\nreading: {from_beginning: true, linger: 1s}\n", pattern))
		hangUp(s.t)
		eventually(s.t, "reloaded", func() bool { return strings.Count(s.err.String(), "msg=reloaded") > before })
	}
	for name, move := range map[string]func(s *site) (now string){
		"renamed to what the glob matches": func(s *site) string {
			must(s.t, os.Rename(file(s, "shop.log"), file(s, "retired.log")))
			eventually(s.t, "another log", func() bool { return strings.Contains(s.err.String(), "log="+file(s, "retired.log")) })
			return "retired.log"
		},
		"renamed while down": func(s *site) string {
			s.stop()
			must(s.t, os.Rename(file(s, "shop.log"), file(s, "retired.log")))
			start(s, file(s, "*.log"))
			return "retired.log"
		},
		"linked": func(s *site) string {
			must(s.t, os.Symlink("shop.log", file(s, "current.log")))
			s.stop()
			start(s, file(s, "*.log"))
			return "shop.log"
		},
		"left out by a reload": func(s *site) string {
			reload(s, file(s, "typo.log"))
			reload(s, file(s, "shop.log"))
			return "shop.log"
		},
		"left out by a restart": func(s *site) string {
			s.stop()
			start(s, file(s, "typo.log"))
			s.stop()
			start(s, file(s, "shop.log"))
			return "shop.log"
		},
		"spelled otherwise": func(s *site) string {
			s.stop()
			start(s, s.directory+"/./shop.log")
			return "shop.log"
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &site{t: t, directory: t.TempDir(), state: t.TempDir()}
			writeFile(t, s.directory, "shop.log", []byte(strings.Repeat(liveLine, written)))
			start(s, file(s, "*.log"))
			s.counts(t, series, written)
			now := move(s)
			appendFile(t, file(s, now), strings.Repeat(liveLine, more))
			s.counts(t, series, written+more)
			s.stop()
			start(s, file(s, "*.log"))
			s.counts(t, series, written+more)
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
