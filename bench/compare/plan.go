package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed counters.mtail
var mtailProgram []byte

// A contestant is one program on one file.
type contestant struct {
	name    string
	argv    []string
	lines   func(stdout []byte) (int64, error) // how many lines it says it has read; nil: it does not say
	answers bool                               // it may exit with 4 or 5, which are answers
	missing bool                               // not installed
	samples []sample
}

// A group is one file and the programs that read it, in turns.
type group struct {
	title       string
	file        string
	baselines   []string // contestants that get a column of ratios
	contestants []*contestant
}

// The names by which contestants are looked up.
const (
	replay    = "splitgauge replay"
	wc        = "wc -l"
	logswan   = "logswan"
	goaccess  = "GoAccess"
	mtail     = "mtail"
	sonicLoop = "bare sonic loop"
	gzipWC    = "gzip -dc | wc -l"
)

// A limit is a promise about one ratio of medians.
type limit struct {
	title          string // of the group
	name, baseline string // of contestants
	most           float64
}

// The titles of the groups.
const (
	combinedTitle = "combined"
	headTitle     = "combined, its first tenth"
	gzipTitle     = "combined, gzip"
	extendedTitle = "extended"
	jsonTitle     = "JSON"
)

// limits hold for replay; peakLimit, in MiB, for each of its runs.
var limits = []limit{
	{combinedTitle, replay, logswan, 0.25},
	{extendedTitle, replay, wc, 4},
	{jsonTitle, replay, wc, 5},
	{jsonTitle, replay, sonicLoop, 0.7},
	{gzipTitle, replay, gzipWC, 1},
}

const peakLimit = 96

// plan lists what is measured.
func plan(o options, splitgauge, scratch string) ([]*group, error) {
	programs := filepath.Join(scratch, "mtail")
	if err := os.Mkdir(programs, 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(programs, "counters.mtail"), mtailProgram, 0o644); err != nil {
		return nil, err
	}
	file := o.file
	format, err := os.ReadFile(file("extended.format"))
	if err != nil {
		return nil, err
	}
	replayed := func(name string, flags ...string) *contestant {
		argv := append([]string{splitgauge, "replay", "-o", "json"}, flags...)
		return &contestant{name: replay, argv: append(argv, file(name)), lines: replayLines}
	}
	counted := func(name string) *contestant {
		return &contestant{name: wc, argv: []string{"wc", "-l", file(name)}, lines: firstNumber}
	}

	combined := &group{title: combinedTitle, file: file("combined.log"), baselines: []string{wc}}
	combined.contestants = []*contestant{counted("combined.log"), replayed("combined.log")}
	head := &group{title: headTitle, file: file("combined-head.log"), baselines: []string{wc}}
	head.contestants = []*contestant{counted("combined-head.log"), replayed("combined-head.log")}
	if o.external {
		combined.add(&contestant{name: logswan, argv: []string{"logswan", combined.file}})
		head.add(&contestant{name: goaccess, argv: []string{"goaccess", head.file, "--log-format=COMBINED",
			"--no-global-config", "--no-progress", "-o", filepath.Join(scratch, "goaccess.json")}})
		head.add(&contestant{name: mtail, argv: []string{"mtail", "--one_shot", "--logs", head.file,
			"--progs", programs, "--address", "127.0.0.1", "--port", "0"}})
	}

	packed := &group{title: gzipTitle, file: file("combined.log.gz"), baselines: []string{gzipWC}}
	packed.contestants = []*contestant{
		{name: gzipWC, argv: []string{"sh", "-c", `gzip -dc "$1" | wc -l`, "sh", packed.file}, lines: firstNumber},
		replayed("combined.log.gz"),
	}
	extended := &group{title: extendedTitle, file: file("extended.log"), baselines: []string{wc}}
	extended.contestants = []*contestant{counted("extended.log"),
		replayed("extended.log", "--format", strings.TrimSpace(string(format)))}
	objects := &group{title: jsonTitle, file: file("json.log"), baselines: []string{wc, sonicLoop}}
	objects.contestants = []*contestant{counted("json.log"), replayed("json.log", "--format", "json"),
		{name: sonicLoop, argv: []string{o.loop, file("json.log")}, lines: firstNumber}}

	return []*group{combined, head, packed, extended, objects}, nil
}

// add appends a program that may not be installed, as a baseline.
func (g *group) add(c *contestant) {
	if _, err := exec.LookPath(c.argv[0]); err != nil {
		c.missing = true
	}
	g.contestants = append(g.contestants, c)
	g.baselines = append(g.baselines, c.name)
}

// find returns the contestant of that name that has been measured, or nil.
func (g *group) find(name string) *contestant {
	for _, c := range g.contestants {
		if c.name == name && len(c.samples) > 0 {
			return c
		}
	}
	return nil
}

// firstNumber reads a count such as wc prints.
func firstNumber(stdout []byte) (n int64, err error) {
	if _, err := fmt.Sscan(string(stdout), &n); err != nil {
		return 0, fmt.Errorf("no number in %.80q: %w", stdout, err)
	}
	return n, nil
}

// replayLines reads the number of lines from a report.
func replayLines(stdout []byte) (int64, error) {
	var report struct {
		Lines struct{ Total int64 }
	}
	if err := json.Unmarshal(stdout, &report); err != nil {
		return 0, err
	}
	return report.Lines.Total, nil
}
