package report

import (
	"strings"
	"time"
)

// writeHeader says what the report is about.
func writeHeader(s *screen, r *Report, rows *rows) {
	s.line(span{"splitgauge report", bold})
	writeFacts(s, r, rows)
}

// writeFacts says what was read, and how.
func writeFacts(s *screen, r *Report, rows *rows) {
	writeFact(s, "period", periodOf(rows), plain)
	if filter := filterText(r.Since, r.Until); filter != "" {
		writeFact(s, "filter", filter, plain)
	}
	writeFact(s, "input", inputText(r, rows), plain)
	writeFact(s, "split", r.Split, plain)
	if rows.HasVariants {
		writeFact(s, "variants", r.VariantOrigin, plain)
	}
	for _, warning := range r.Warnings {
		writeFact(s, "warning", warning, red)
	}
	writeFact(s, "notes", noteText(r, rows), noteStyle(r, rows))
}

// factLabel is the width of the longest label of a fact.
const factLabel = len("variants")

// writeFact writes a label and a text beside it, over as many lines as it
// takes; nothing where the text is empty.
func writeFact(s *screen, label, text string, look style) {
	const left = margin + factLabel + 2
	for _, line := range wrap(s.visible(text), s.width-left) {
		s.line(span{indent + label + pad(left-margin-len(label)), dim}, span{line, look})
		label = ""
	}
}

// periodOf returns the period of all requests, "" where none has a time.
func periodOf(rows *rows) string {
	if !rows.hasTime() {
		return ""
	}
	return periodText(time.UnixMilli(rows.First).UTC(), time.UnixMilli(rows.Last).UTC())
}

// periodText returns two times in UTC and how far they are apart.
func periodText(first, last time.Time) string {
	to := moment(last)
	if first.Format(time.DateOnly) == last.Format(time.DateOnly) {
		to = last.Format(time.TimeOnly)
	}
	return moment(first) + " to " + to + " UTC, " + spanOf(last.Sub(first).Milliseconds())
}

func filterText(since, until time.Time) string {
	var parts []string
	if !since.IsZero() {
		parts = append(parts, "from "+moment(since))
	}
	if !until.IsZero() {
		parts = append(parts, "before "+moment(until))
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, ", ") + " UTC"
}

// inputText says what was read, and how where that was the same for all.
func inputText(r *Report, rows *rows) string {
	text := counted(int64(len(r.Sources)), "input", "inputs")
	if len(r.Sources) == 1 {
		text = r.Sources[0].Name
	}
	text += ", " + counted(rows.Lines.Total(), "line", "lines") + ", " + byteSize(rows.Lines.Bytes)
	if sameFormat(r.Sources) {
		text += ", as " + formatText(r.Sources[0])
	}
	return text
}

func formatText(s Source) string {
	if s.Reason == "" {
		return s.Format
	}
	return s.Format + " (" + s.Reason + ")"
}

// sameFormat reports whether all sources were read the same way, and any.
func sameFormat(sources []Source) bool {
	for _, s := range sources {
		if s.Format != sources[0].Format || s.Reason != sources[0].Reason {
			return false
		}
	}
	return len(sources) > 0 && sources[0].Format != ""
}

// noteStyle returns red where what noteText says spoils the numbers.
func noteStyle(r *Report, rows *rows) style {
	unparsed := rows.Lines.Partial + rows.Lines.Unparsed
	if len(r.Failures) > 0 || unparsed > 0 && unparsed >= rows.Lines.Total()/alarming {
		return red
	}
	return plain
}

// noteText says in one sentence what the reader should know before
// believing the rest.
func noteText(r *Report, rows *rows) string {
	var parts []string
	if n := int64(len(r.Failures)); n > 0 {
		parts = append(parts, counted(n, "input", "inputs")+" not read to the end")
	}
	if n := rows.Lines.Partial + rows.Lines.Unparsed; n > 0 {
		parts = append(parts, counted(n, "line", "lines")+" not fully parsed ("+percent(n, rows.Lines.Total(), 2)+")")
	}
	if rows.overflowed() {
		parts = append(parts, "more names than are kept")
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, "; ") + ": see below"
}
