package agent

import (
	"bytes"
	"fmt"

	"github.com/splitgauge/splitgauge/parser"
)

// step is a variable of a format and the text after it.
type step struct{ variable, literal string }

// steps takes the text of a format apart: what stands before its first
// variable, and its variables with what stands after each.
func steps(text string) (lead string, all []step) {
	places := variablePattern.FindAllStringSubmatchIndex(text, -1)
	if len(places) == 0 {
		return text, nil
	}
	for i, place := range places {
		end := len(text)
		if i+1 < len(places) {
			end = places[i+1][0]
		}
		name := text[max(place[2], place[4]):max(place[3], place[5])]
		all = append(all, step{name, text[place[1]:end]})
	}
	return text[:places[0][0]], all
}

// walker goes through a line as somebody would who has the format beside it:
// field by field, to the first that cannot be what the format says. The parser
// tries all ways through a line and tells how far the best one leads, which may
// be fields behind the one that is wrong.
type walker struct {
	line       []byte
	escape     parser.Escape
	mayBeEmpty bool
}

// walk returns the first spot at which a line is not of a format; ok is false
// where it finds none.
func walk(line []byte, format *parser.Format) (s spot, ok bool) {
	lead, all := steps(format.Text())
	if len(all) == 0 {
		return spot{}, false
	}
	w := walker{line, format.Escape(), format.Escape() != parser.EscapeDefault}
	if n := commonPrefix(line, lead); n < len(lead) {
		return spot{n, 0, all[0].variable, fmt.Sprintf("the line to start with %q", lead)}, true
	}
	at := len(lead)
	for i, step := range all {
		last := i == len(all)-1
		if step.literal == "" && !last {
			return spot{}, false // side by side: nobody can tell
		}
		end, wrong, ok := w.end(step, at, last)
		if !ok {
			return wrong, true
		}
		at = end + len(step.literal)
	}
	return spot{}, false
}

// end returns where the value at start ends; where no end is right, the spot.
func (w *walker) end(s step, start int, last bool) (end int, wrong spot, ok bool) {
	first, tries := -1, 0
	for end := w.next(s, start, start, last); end >= 0 && tries < maxEnds; end = w.next(s, start, end+1, last) {
		tries++
		if fits(s.variable, w.line[start:end], w.mayBeEmpty) {
			if behind := end + len(s.literal); last && behind < len(w.line) {
				return 0, spot{behind, 0, s.variable, "the line to end after it"}, false
			}
			return end, spot{}, true
		}
		if first < 0 {
			first = end
		}
	}
	if first >= 0 {
		return 0, w.impossible(s, start, first), false
	}
	return 0, w.unended(s, start), false
}

// next returns the next place, at or after from, where a value that starts at
// start can end; -1 where there is none.
func (w *walker) next(s step, start, from int, last bool) int {
	switch {
	case from > len(w.line):
		return -1
	case s.literal == "":
		return len(w.line)
	case w.quoted(s):
		quote := w.quote(start)
		if quote < from || !bytes.HasPrefix(w.line[quote:], []byte(s.literal)) {
			return -1
		}
		return quote
	case last:
		if end := len(w.line) - len(s.literal); end >= from && bytes.HasSuffix(w.line, []byte(s.literal)) {
			return end
		}
		return -1
	}
	if i := bytes.Index(w.line[from:], []byte(s.literal)); i >= 0 {
		return from + i
	}
	return -1
}

// quoted reports whether the first quote ends the value: nginx escapes those in
// it.
func (w *walker) quoted(s step) bool {
	return s.literal[0] == '"' && w.escape != parser.EscapeNone
}

// quote returns the place of the first quote from start on that is not escaped,
// or -1.
func (w *walker) quote(start int) int {
	for i := start; i < len(w.line); i++ {
		switch w.line[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// impossible is the spot of a value that the variable cannot have.
func (w *walker) impossible(s step, start, end int) spot {
	want := shapes[s.variable].words
	if start == end {
		want += ", found nothing"
	}
	return spot{start, end - start, s.variable, want}
}

// unended is the spot where the text after a value is most nearly met.
func (w *walker) unended(s step, start int) spot {
	end := w.nearest(s, start)
	if _, known := shapes[s.variable]; known && !fits(s.variable, w.line[start:end], w.mayBeEmpty) && end > start {
		return w.impossible(s, start, end)
	}
	met := commonPrefix(w.line[end:], s.literal)
	found := "the end of the line"
	if end < len(w.line) {
		found = fmt.Sprintf("%q", w.line[end:min(len(w.line), end+len(s.literal))])
	}
	return spot{end + met, 0, s.variable, fmt.Sprintf("%q after it, found %s", s.literal, found)}
}

// nearest returns where a value most likely ends that the text after it does
// not.
func (w *walker) nearest(s step, start int) int {
	if w.quoted(s) {
		if quote := w.quote(start); quote >= 0 {
			return quote
		}
		return len(w.line)
	}
	best, length := len(w.line), 0
	for at := start; at < min(len(w.line), start+maxValue); at++ {
		n := commonPrefix(w.line[at:], s.literal)
		if s.literal[0] == ' ' && (w.line[at] == ' ' || w.line[at] == '\t') && fits(s.variable, w.line[start:at], false) {
			return at
		}
		if n > length {
			best, length = at, n
		}
	}
	return best
}

func commonPrefix(line []byte, literal string) (n int) {
	for n < len(line) && n < len(literal) && line[n] == literal[n] {
		n++
	}
	return n
}
