package report

import "io"

// Options says what the text is written to.
type Options struct {
	Width   int  // in cells; 0 is 80
	Colour  bool // ANSI styles may be used
	Unicode bool // more than ASCII may be used
}

// WriteText writes the report for people. No line is wider than
// Options.Width, and nothing that came from a log reaches the terminal but as
// visible characters. Sections without content are left out.
func WriteText(w io.Writer, r *Report, o Options) error {
	s, rows := newScreen(o), newRows(r.Snapshot)
	writeHeader(s, r, rows)
	writeFigures(s, rows)
	writeTables(s, rows, r.Top)
	writeExperiments(s, r)
	writeAssignment(s, r, rows)
	writeStatus(s, rows)
	writeMethods(s, rows)
	writeTimeline(s, rows)
	writeUnparsed(s, r, rows)
	writeOverflow(s, rows)
	writeInputs(s, r)
	_, err := w.Write(s.out.Bytes())
	return err
}
