package main

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/splitgauge/splitgauge/internal/report"
)

// page collects lines of text. Texts from a log or a configuration go onto it
// through show and quote only.
type page struct {
	out     *bytes.Buffer
	width   int // in cells
	unicode bool
}

func (p *page) show(text string) string  { return report.Visible(text, p.unicode) }
func (p *page) quote(text string) string { return report.Quoted(text, p.unicode) }

// line writes a line that is safe to show.
func (p *page) line(text string) { p.out.WriteString(strings.TrimRight(text, " ") + "\n") }

// heading begins a section.
func (p *page) heading(title string) {
	if p.out.Len() > 0 {
		p.out.WriteByte('\n')
	}
	p.line(title)
}

// hang writes a text that is safe to show over as many lines as it takes,
// behind a label whose width the later lines are indented by.
func (p *page) hang(label, text string) {
	gap := report.Cells(label)
	for _, line := range report.Wrap(text, max(p.width-gap, 20)) {
		p.line(label + line)
		label = blanks(gap)
	}
}

// ellipsis stands for what was cut.
func (p *page) ellipsis() string {
	if p.unicode {
		return "…"
	}
	return "..."
}

// lastCells and firstCells return as much of the end or the start of a shown
// text as fits.
func lastCells(text string, width int) string {
	for report.Cells(text) > width {
		_, size := utf8.DecodeRuneInString(text)
		text = text[size:]
	}
	return text
}

func firstCells(text string, width int) string {
	for report.Cells(text) > width {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
}

// pointed writes a text and a caret under the part of it that starts at spot
// and is length bytes long, both cut around it where the line is narrow.
func (p *page) pointed(indent, text string, spot, length int, cutBefore, cutAfter bool) {
	before, after := p.show(text[:spot]), p.show(text[spot:])
	marked := max(report.Cells(p.show(text[spot:spot+length])), 1)
	dots := p.ellipsis()
	room := p.width - report.Cells(indent)
	if report.Cells(before)+report.Cells(after) > room || cutBefore {
		keep := max(room/2, room-report.Cells(after)-report.Cells(dots))
		if report.Cells(before) > keep || cutBefore {
			before = dots + lastCells(before, keep-report.Cells(dots))
		}
	}
	left := room - report.Cells(before)
	if report.Cells(after) > left || cutAfter {
		after = firstCells(after, left-report.Cells(dots)) + dots
	}
	p.line(indent + before + after)
	p.line(indent + blanks(report.Cells(before)) + "^" + strings.Repeat("~", max(0, min(marked, left)-1)))
}
