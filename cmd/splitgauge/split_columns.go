package main

import (
	"bytes"
	"strings"

	"github.com/splitgauge/splitgauge/internal/report"
)

// columns is a small table: a heading and rows of texts that are safe to show.
// The first names columns are aligned left, the numbers after them right.
type columns struct {
	names int
	rows  [][]string // the first one is the heading
}

func (c *columns) add(row ...string) { c.rows = append(c.rows, row) }

// write writes the table with two spaces between columns and before the first.
func (c *columns) write(out *bytes.Buffer) {
	widths := make([]int, len(c.rows[0]))
	for _, row := range c.rows {
		for i, text := range row {
			widths[i] = max(widths[i], report.Cells(text))
		}
	}
	for _, row := range c.rows {
		var line strings.Builder
		for i, text := range row {
			gap := blanks(widths[i] - report.Cells(text))
			if i < c.names {
				line.WriteString("  " + text + gap)
			} else {
				line.WriteString("  " + gap + text)
			}
		}
		out.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
}

// writeParagraph writes a text that is safe to show over as many lines as it
// takes.
func writeParagraph(out *bytes.Buffer, text string, width int) {
	for _, line := range report.Wrap(text, width) {
		out.WriteString(line + "\n")
	}
}
