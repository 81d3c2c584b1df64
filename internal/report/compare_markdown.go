package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/splitgauge/splitgauge/experiment"
)

// WriteCompareMarkdown writes the experiments for a pull request: of each the
// verdict as a headline, what it rests on as a table, what was checked, what to do,
// and the rest folded away. Names from a log are code, and nothing in them is markup.
func WriteCompareMarkdown(out io.Writer, r *Report) error {
	m := &markdown{rows: newRows(r.Snapshot)}
	for i := range r.Experiments {
		m.experiment(words{true, &r.Experiments[i]})
	}
	m.input(r)
	_, err := io.WriteString(out, strings.TrimRight(m.String(), "\n")+"\n")
	return err
}

// markdown is a document being written.
type markdown struct {
	strings.Builder
	rows *rows
}

// paragraph writes Markdown as a paragraph.
func (m *markdown) paragraph(text string) { m.WriteString(strings.TrimRight(text, "\n") + "\n\n") }

// list writes sentences below a title.
func (m *markdown) list(title string, sentences []string) {
	if len(sentences) == 0 {
		return
	}
	if title != "" {
		m.paragraph("**" + title + "**")
	}
	for _, sentence := range sentences {
		m.WriteString("- " + markdownText(sentence) + "\n")
	}
	m.WriteString("\n")
}

func (m *markdown) experiment(w words) {
	verdict := w.e.verdict()
	name := "experiment " + markdownCode(w.e.Name)
	if w.e.AA {
		name = "A/A over " + markdownCode(w.e.Key)
	}
	m.paragraph("### " + markdownText(w.verdictText(verdict)) + ": " + name)
	m.paragraph("**" + markdownText(w.headline()) + "**")
	m.list("", w.reason())
	if w.e.AA {
		m.paragraph(markdownText(aaText))
	}
	r := w.e.Result
	if r == nil {
		return
	}
	if w.showsFigures() {
		m.metrics(w, true)
	} else {
		m.paragraph("No ratios are shown, since they would mislead.")
	}
	m.checks(w)
	m.list("What next", w.next(m.rows.total.Requests))
	m.paragraph("<details><summary>Details</summary>")
	if w.showsFigures() {
		m.metrics(w, false)
	}
	for i := range r.Variants {
		if v := &r.Variants[i]; w.showsFigures() {
			if remarks := w.remarks(v); len(remarks) > 0 {
				m.paragraph(markdownCode(v.Name) + ":")
				m.list("", remarks)
			}
		}
	}
	m.list("Notes", w.experimentNotes())
	m.list("Assumed", r.Assumptions)
	m.paragraph("</details>")
}

// metrics writes a table of those metrics of all variants that are tested, or of
// those that are not.
func (m *markdown) metrics(w words, tested bool) {
	table := [][]string{{"variant", "metric", "value", "control", "ratio", "interval", "verdict"}}
	for i := range w.e.Result.Variants {
		v := &w.e.Result.Variants[i]
		for _, metric := range inOrder(v.Metrics) {
			if metric.Tested != tested {
				continue
			}
			row := w.figureRow(metric)
			verdict := markdownText(row[figureVerdict])
			if metric.Verdict == experiment.Worse {
				verdict = "**" + verdict + "**"
			}
			table = append(table, []string{
				markdownCode(v.Name), markdownCode(metric.Name), markdownText(row[figureValue]), markdownText(row[figureControl]),
				markdownText(row[figureRatio]), markdownText(row[figureInterval]), verdict,
			})
		}
	}
	if len(table) == 1 {
		return
	}
	if !tested {
		m.paragraph("No verdict rests on these:")
	}
	m.paragraph(markdownTable(2, table))
}

func (m *markdown) checks(w words) {
	m.paragraph("**Checks**")
	var tables strings.Builder
	for _, c := range w.checks() {
		text := markdownText(c.text)
		if c.bad {
			text = "**" + text + "**"
		}
		m.WriteString("- " + c.label + ": " + text + "\n")
		if len(c.rows) == 0 {
			continue
		}
		table := make([][]string, len(c.rows))
		for i, row := range c.rows {
			for j, cell := range row {
				if i > 0 && j == 0 {
					cell = markdownText(cell) // a quoted name
				}
				table[i] = append(table[i], cell)
			}
		}
		tables.WriteString(markdownTable(1, table) + "\n")
	}
	m.WriteString("\n" + tables.String())
}

// input says what was read.
func (m *markdown) input(r *Report) {
	text := fmt.Sprintf("%s, %s", counted(int64(len(r.Sources)), "input", "inputs"), counted(m.rows.Lines.Total(), "line", "lines"))
	if period := periodOf(m.rows); period != "" {
		text += ", " + period
	}
	if filter := filterText(r.Since, r.Until); filter != "" {
		text += ", only " + filter
	}
	m.paragraph("splitgauge read " + markdownText(text) + ".")
	for _, failure := range r.Failures {
		m.WriteString("- not read to its end: " + markdownCode(failure.Source) + ", " + markdownCode(failure.Error) + "\n")
	}
	for _, warning := range r.Warnings {
		m.WriteString("- " + markdownCode(warning) + "\n")
	}
}
