package main

import (
	"fmt"

	"github.com/splitgauge/splitgauge/internal/agent"
	"github.com/splitgauge/splitgauge/internal/report"
)

func (w *checkWriter) writeFile(file *agent.CheckedFile) {
	name := file.Name
	if name == "-" {
		name = "standard input"
	}
	w.heading("LINES OF " + w.show(name))
	how := "read as " + file.Format
	if file.Reason != "" {
		how += ": " + file.Reason
	}
	if file.Encoding != "" {
		how += "; " + file.Encoding
	}
	w.hang("  ", w.show(how))
	w.hang("  ", linesText(file))
	if file.Unfinished {
		w.hang("  ", "The last line has no end yet and was left out.")
	}
	for _, problem := range file.Problems {
		w.writeProblem(problem)
	}
}

// linesText says how many lines were read, and how.
func linesText(file *agent.CheckedFile) string {
	if file.Read == 0 {
		return "It has no lines."
	}
	what := fmt.Sprintf("First and last lines, %s of them", report.Grouped(file.Read))
	if file.Whole {
		what = fmt.Sprintf("All its lines, %s", report.Grouped(file.Read))
		if file.Read == 1 {
			what = "Its one line"
		}
	}
	if file.Parsed == file.Read {
		return what + ": 100% parsed fully."
	}
	return fmt.Sprintf("%s: %s%% parsed fully, %s without what could not be read, %s not at all.",
		what, percentDown(file.Parsed, file.Read), report.Grouped(file.Partial), report.Grouped(file.Unparsed))
}

// percentDown returns part of whole with two decimals, rounded down, so that
// only all of it is 100.
func percentDown(part, whole int64) string {
	hundredths := part * 10000 / whole
	return fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100)
}

func (w *checkWriter) writeProblem(problem *agent.CheckedProblem) {
	w.line("")
	name, lines := problem.Reason, "1 line"
	if problem.Lines != 1 {
		lines = report.Grouped(problem.Lines) + " lines"
	}
	w.line(fmt.Sprintf("  %s: %s", w.show(name), lines))
	for i := range problem.Samples {
		sample := &problem.Samples[i]
		subject := ""
		if sample.Field != "" {
			subject = "$" + sample.Field + ": "
		}
		w.hang("    ", w.show(fmt.Sprintf("%s, column %d: %swant %s", sample.Place(), sample.Column, subject, sample.Want)))
		if sample.Text != "" {
			w.pointed("      ", sample.Text, sample.Spot, sample.Length, sample.CutBefore, sample.CutAfter)
		}
	}
	if problem.Fit == nil {
		w.hang("    ", "No format known fits.")
		return
	}
	fit := problem.Fit
	text := "This fits: " + fit.Format
	if fit.At != "" {
		text += ", " + fit.At
	}
	if fit.Lines < fit.Tried {
		text += fmt.Sprintf(" (%d of the first %d of these lines)", fit.Lines, fit.Tried)
	}
	w.hang("    ", w.show(text))
	if fit.Directive != "" {
		w.line("      " + w.show(fit.Directive))
	}
}
