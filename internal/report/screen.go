package report

import (
	"bytes"
	"strings"
)

// style is how a piece of text looks where there is colour.
type style string

// The styles, as what switches them on.
const (
	plain style = ""
	bold  style = "\x1b[1m"
	dim   style = "\x1b[2m"
	red   style = "\x1b[31m"
)

// reset switches every style off.
const reset = "\x1b[0m"

// span is a piece of a line in one style. Its text may still hold anything;
// screen.line shows it safely.
type span struct {
	text  string
	style style
}

// screen collects the lines of a text report. Whatever is written goes
// through line, which alone keeps the two promises of the text: no line is
// wider than the terminal, and nothing but its own styles acts on it.
type screen struct {
	out     bytes.Buffer
	width   int
	colour  bool
	unicode bool
}

// defaultWidth is that of a terminal that does not tell.
const defaultWidth = 80

// margin is what the lines under a heading are indented by.
const margin = 2

func newScreen(o Options) *screen {
	s := &screen{width: o.Width, colour: o.Colour, unicode: o.Unicode}
	if s.width <= 0 {
		s.width = defaultWidth
	}
	return s
}

// line writes one line, cut at the width, without spaces at its end.
func (s *screen) line(spans ...span) {
	shown := make([]span, len(spans))
	for i, sp := range spans {
		shown[i] = span{s.visible(sp.text), sp.style}
	}
	shown = trimRight(cutSpans(trimRight(shown), s.width, s.ellipsis()))
	for _, sp := range shown {
		if s.colour && sp.style != plain && strings.Trim(sp.text, " ") != "" {
			s.out.WriteString(string(sp.style) + sp.text + reset)
		} else {
			s.out.WriteString(sp.text)
		}
	}
	s.out.WriteByte('\n')
}

// cutSpans returns visible spans cut to fit into width cells.
func cutSpans(spans []span, width int, ellipsis string) []span {
	total := 0
	for _, sp := range spans {
		total += cells(sp.text)
	}
	if total <= width {
		return spans
	}
	room := width - min(width, cells(ellipsis))
	for i, sp := range spans {
		if n := cells(sp.text); n <= room {
			room -= n
			continue
		}
		return append(spans[:i:i], span{head(sp.text, room) + head(ellipsis, width), sp.style})
	}
	return spans
}

// trimRight returns the spans without spaces at the end.
func trimRight(spans []span) []span {
	for len(spans) > 0 {
		last := &spans[len(spans)-1]
		if last.text = strings.TrimRight(last.text, " "); last.text != "" {
			break
		}
		spans = spans[:len(spans)-1]
	}
	return spans
}

// heading begins a section, with a caption that says how to read it.
func (s *screen) heading(title, caption string) {
	s.line()
	s.line(span{title, bold}, span{"   " + caption, dim})
}

// paragraph writes a text over as many lines as it takes.
func (s *screen) paragraph(text string, look style) {
	for _, line := range wrap(s.visible(text), s.width-margin) {
		s.line(span{indent, plain}, span{line, look})
	}
}

// indent is the margin as text.
const indent = "  "

// visible is the function of that name, for this screen.
func (s *screen) visible(text string) string { return visible(text, s.unicode) }

// quoted is the function of that name, for this screen.
func (s *screen) quoted(text string) string { return quoted(text, s.unicode) }

// ellipsis stands for what was cut.
func (s *screen) ellipsis() string {
	if s.unicode {
		return "…"
	}
	return "..."
}

// right returns spans that show a text right-aligned in width cells.
func right(sp span, width int) []span {
	return []span{{pad(width - cells(sp.text)), plain}, sp}
}

// left returns spans that show a text left-aligned in width cells.
func left(sp span, width int) []span {
	return []span{sp, {pad(width - cells(sp.text)), plain}}
}

func pad(n int) string { return strings.Repeat(" ", max(0, n)) }
