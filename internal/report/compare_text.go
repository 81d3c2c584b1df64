package report

import (
	"io"

	"github.com/splitgauge/splitgauge/experiment"
)

// WriteCompareText writes the experiments for people, with the promises of
// WriteText: of each its verdict first, then the figures, what was checked, and what
// to do. Where an answer is refused as a whole there are no ratios: they would be
// believed. The JSON document has them.
func WriteCompareText(w io.Writer, r *Report, o Options) error {
	s, rows := newScreen(o), newRows(r.Snapshot)
	for i := range r.Experiments {
		if i > 0 {
			s.line()
		}
		writeExperiment(s, words{o.Unicode, &r.Experiments[i]}, rows.total.Requests)
	}
	s.heading("INPUT", "")
	writeFacts(s, r, rows)
	writeUnparsed(s, r, rows)
	writeOverflow(s, rows)
	writeInputs(s, r)
	writeAssumptions(s, r)
	_, err := w.Write(s.out.Bytes())
	return err
}

func writeExperiment(s *screen, w words, total int64) {
	verdict := w.e.verdict()
	s.line(span{w.title() + ": ", bold}, span{w.verdictText(verdict), verdictStyle(verdict)})
	s.line()
	s.paragraph(w.headline(), bold)
	for _, paragraph := range w.reason() {
		s.paragraph(paragraph, plain)
	}
	if w.e.AA {
		s.paragraph(aaText, plain)
	}
	r := w.e.Result
	if r == nil {
		return
	}
	if w.showsFigures() {
		f := newFigures(s, w)
		for i := range r.Variants {
			writeVariant(s, w, &r.Variants[i], f)
		}
	} else {
		s.paragraph("No ratios are shown, since they would mislead. -o json has them.", dim)
	}
	writeChecks(s, w.checks())
	writeList(s, "NOTES", w.experimentNotes())
	writeList(s, "WHAT NEXT", w.next(total))
}

// writeChecks writes what was checked; the same label only once.
func writeChecks(s *screen, checks []check) {
	s.heading("CHECKS", "")
	width, before := len("assignment"), ""
	for _, c := range checks {
		look, label := plain, c.label
		if c.bad {
			look = red
		}
		if label == before {
			label = ""
		}
		before = c.label
		writeLabelled(s, width, label, c.text, look)
		writeAligned(s, margin+width+gutter, c.rows)
	}
}

// writeAligned writes rows of a name and numbers, the heading first.
func writeAligned(s *screen, indentation int, rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, text := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], cells(text))
		}
	}
	if len(widths) == 0 {
		return
	}
	rest := 0
	for _, width := range widths[1:] {
		rest += width + gutter
	}
	widths[0] = max(1, min(widths[0], s.width-indentation-rest))
	for number, row := range rows {
		look := plain
		if number == 0 {
			look = dim
		}
		line := append([]span{{pad(indentation), plain}}, left(span{cutMiddle(row[0], widths[0], s.ellipsis()), look}, widths[0])...)
		for i, text := range row[1:] {
			line = append(line, span{pad(gutter), plain})
			line = append(line, right(span{text, look}, widths[i+1])...)
		}
		s.line(line...)
	}
}

// showsFigures reports whether the figures may be looked at.
func (w words) showsFigures() bool {
	v := w.e.verdict()
	return !v.Refusal() || v == experiment.NotEnoughData
}

// verdictStyle is how a verdict looks; its words say the same.
func verdictStyle(v experiment.Verdict) style {
	if v == experiment.Worse || v.Refusal() || v == "" {
		return red
	}
	return bold
}

// writeList writes sentences under a heading; nothing where there are none.
func writeList(s *screen, title string, list []string) {
	if len(list) == 0 {
		return
	}
	s.heading(title, "")
	for _, text := range list {
		writeLabelled(s, 0, s.bullet(), text, plain)
	}
}

// bullet stands before each of several sentences.
func (s *screen) bullet() string {
	if s.unicode {
		return "•"
	}
	return "-"
}

// writeLabelled writes a label of at most so many cells and a text beside it.
func writeLabelled(s *screen, width int, label, text string, look style) {
	left := margin + max(width, cells(label)) + 1
	if width > 0 {
		left++
	}
	for _, line := range wrap(s.visible(text), s.width-left) {
		s.line(span{indent + label + pad(left-margin-cells(label)), dim}, span{line, look})
		label = ""
	}
}

// apartText is between a title and what is beside it.
const apartText = "   "

// writeVariant writes the figures of a variant.
func writeVariant(s *screen, w words, v *experiment.Variant, f *figures) {
	s.line()
	verdict, facts := w.verdictText(v.Verdict), shareText(v.Configured, someDigits)+" configured, "+
		counted(v.Clients, "client", "clients")+", "+counted(v.Requests, "request", "requests")
	head := []span{{w.name(v.Name) + ": ", bold}, {verdict, verdictStyle(v.Verdict)}}
	if cells(head[0].text+verdict+facts)+len(apartText) <= s.width {
		s.line(append(head, span{apartText + facts, dim})...)
	} else {
		s.line(head...)
		s.paragraph(facts, dim)
	}
	f.write(s, w, v)
	for _, remark := range w.remarks(v) {
		writeLabelled(s, 0, s.bullet(), remark, plain)
	}
}

// writeAssumptions writes what all figures rest on, once.
func writeAssumptions(s *screen, r *Report) {
	for i := range r.Experiments {
		w := words{s.unicode, &r.Experiments[i]}
		if w.e.Result == nil {
			continue
		}
		var list []string
		for _, text := range w.e.Result.Assumptions {
			list = append(list, w.text(text))
		}
		writeList(s, "ASSUMED", list)
		return
	}
}
