package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// markers are the lines in the document between which tables stand.
type markers struct{ begin, end string }

var (
	benchMarkers      = markers{"<!-- bench:begin -->", "<!-- bench:end -->"}
	experimentMarkers = markers{"<!-- experiments:begin -->", "<!-- experiments:end -->"}
)

// writeTable writes what was measured of one file.
func (g *group) writeTable(w io.Writer) {
	size := int64(0)
	if info, err := os.Stat(g.file); err == nil {
		size = info.Size()
	}
	fmt.Fprintf(w, "### %s\n\n%.1f MB.\n\n", g.title, float64(size)/1e6)
	fmt.Fprint(w, "| program | median s | min–max s | MB/s |")
	for _, name := range g.baselines {
		fmt.Fprintf(w, " × %s |", cell(name))
	}
	fmt.Fprintf(w, " peak MiB |\n|---|--:|--:|--:|%s--:|\n", strings.Repeat("--:|", len(g.baselines)))
	for _, c := range g.contestants {
		if len(c.samples) == 0 {
			fmt.Fprintf(w, "| %s | not installed | | |%s |\n", cell(c.name), strings.Repeat(" |", len(g.baselines)))
			continue
		}
		walls := c.walls()
		fmt.Fprintf(w, "| %s | %.3f | %.3f–%.3f | %.0f |", cell(c.name), c.median().Seconds(),
			walls[0].Seconds(), walls[len(walls)-1].Seconds(), float64(size)/1e6/c.median().Seconds())
		for _, name := range g.baselines {
			if baseline := g.find(name); baseline != nil {
				fmt.Fprintf(w, " %s |", significant(c.ratio(baseline)))
			} else {
				fmt.Fprint(w, " |")
			}
		}
		if peak, own := c.peak(), ownPeak(); peak > own {
			fmt.Fprintf(w, " %.0f |\n", float64(peak)/1024)
		} else {
			fmt.Fprintf(w, " < %.0f |\n", float64(own)/1024+1)
		}
	}
	fmt.Fprintln(w)
}

// significant writes a ratio with at least two digits that say something.
func significant(ratio float64) string {
	if ratio < 0.1 {
		return fmt.Sprintf("%.2g", ratio)
	}
	return fmt.Sprintf("%.2f", ratio)
}

// cell escapes text for a Markdown table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// writeLimits writes each promise beside what was measured.
func writeLimits(w io.Writer, groups []*group, limits []limit) {
	fmt.Fprint(w, "### Held against what is promised\n\n| splitgauge | at most | measured | held |\n|---|--:|--:|---|\n")
	row := func(what, format string, most, measured float64) {
		held := "yes"
		if measured > most {
			held = "**no**"
		}
		fmt.Fprintf(w, "| %s | "+format+" | "+format+" | %s |\n", what, most, measured, held)
	}
	peak := int64(0)
	for _, g := range groups {
		if own := g.find(replay); own != nil {
			peak = max(peak, own.peak())
		}
		for _, l := range limits {
			own, baseline := g.find(l.name), g.find(l.baseline)
			if l.title == g.title && own != nil && baseline != nil {
				row(g.title+", "+verbOf(l.name)+" × "+cell(l.baseline), "%.2f", l.most, own.ratio(baseline))
			}
		}
	}
	row("peak memory, MiB", "%.0f", peakLimit, float64(peak)/1024)
}

// verbOf returns the verb of a contestant that is a verb of splitgauge.
func verbOf(name string) string { return strings.TrimPrefix(name, "splitgauge ") }

// writeMachine names what the figures were measured on.
func writeMachine(ctx context.Context, w io.Writer, splitgauge string, runs int) {
	fmt.Fprintf(w, "Measured %s on %s, %d cores, Linux %s, %s. Medians of %d alternating runs after one to warm the page cache.\n\n",
		time.Now().UTC().Format(time.DateOnly), processor(), runtime.NumCPU(), kernel(), runtime.Version(), runs)
	versions := [][]string{
		{splitgauge, "version"}, {"wc", "--version"}, {"gzip", "--version"},
		{"logswan", "-v"}, {"goaccess", "--version"}, {"mtail", "--version"},
	}
	var found []string
	for _, argv := range versions {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		output, err := exec.CommandContext(ctx, argv[0], argv[1:]...).Output()
		cancel()
		if err != nil {
			continue
		}
		line, _, _ := strings.Cut(strings.TrimSpace(string(output)), "\n")
		line, _, _ = strings.Cut(line, " git revision") // mtail's goes on for long
		found = append(found, strings.TrimRight(line, " ."))
	}
	fmt.Fprintf(w, "Programs: %s.\n\n", strings.Join(found, "; "))
}

func processor() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func kernel() string {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return "of unknown version"
	}
	return strings.TrimSpace(string(release))
}

// updateDocument puts text between the markers of the document.
func updateDocument(name string, m markers, text string) error {
	document, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	before, rest, found := bytes.Cut(document, []byte(m.begin+"\n"))
	_, after, foundEnd := bytes.Cut(rest, []byte(m.end))
	if !found || !foundEnd {
		return fmt.Errorf("%s: no line %q followed by a line %q", name, m.begin, m.end)
	}
	updated := fmt.Appendf(nil, "%s%s\n%s\n%s%s", before, m.begin, strings.TrimRight(text, "\n"), m.end, after)
	return os.WriteFile(name, updated, 0o644)
}
