package report

import (
	"math"

	"github.com/splitgauge/splitgauge/experiment"
)

// figures are how the tables of metrics of an experiment's variants are laid out:
// all alike, so that their intervals are on one axis.
type figures struct {
	axis   axis // no cells: there is no room to draw
	labels string
	widths [figureColumns]int
	hidden [figureColumns]bool // there is no room for them
}

// The columns of texts of the table; the drawing is after the interval.
const (
	figureMetric = iota
	figureValue
	figureControl
	figureRatio
	figureInterval
	figureVerdict
	figureColumns
)

// figureHead are the headings of the columns.
var figureHead = [figureColumns]string{"metric", "value", "control", "ratio", "interval", "verdict"}

// figureRow is a metric in words.
type figureRow [figureColumns]string

// Widths of the drawing, in cells.
const (
	leastPlot = 11
	mostPlot  = 41
)

// newFigures lays out the metrics of all variants.
func newFigures(s *screen, w words) *figures {
	rows := []figureRow{figureHead}
	for i := range w.e.Result.Variants {
		for j := range w.e.Result.Variants[i].Metrics {
			rows = append(rows, w.figureRow(&w.e.Result.Variants[i].Metrics[j]))
		}
	}
	f := new(figures)
	plot := s.width - margin
	for column := range figureColumns {
		for _, row := range rows {
			f.widths[column] = max(f.widths[column], cells(row[column]))
		}
		plot -= f.widths[column] + gutter
	}
	for _, column := range []int{figureValue, figureControl, figureRatio} {
		if plot < -gutter { // not even the texts fit
			f.hidden[column] = true
			plot += f.widths[column] + gutter
		}
	}
	if plot >= leastPlot {
		f.axis = newAxis(w.e.Result, min(plot, mostPlot))
		f.labels = f.axis.labels(w)
	}
	return f
}

// inOrder returns the metrics with a verdict first, of them the one that decides.
func inOrder(metrics []experiment.Metric) (ordered []*experiment.Metric) {
	for _, is := range []func(*experiment.Metric) bool{
		func(m *experiment.Metric) bool { return m.Primary },
		func(m *experiment.Metric) bool { return m.Tested && !m.Primary },
		func(m *experiment.Metric) bool { return !m.Tested && !m.Primary },
	} {
		for i := range metrics {
			if is(&metrics[i]) {
				ordered = append(ordered, &metrics[i])
			}
		}
	}
	return ordered
}

// figureRow returns a metric in words.
func (w words) figureRow(m *experiment.Metric) figureRow {
	digits := digitsWithin(m.Low, m.High)
	row := figureRow{
		m.Name, amount(m.Value, m.Unit, digits), amount(m.Control, m.Unit, digits), w.times(m.Ratio, digits),
		w.interval(m.Low, m.High), w.shortVerdict(m),
	}
	if m.Low <= 0 && math.IsInf(m.High, 1) && m.Control == 0 {
		row[figureRatio] = absentName
	}
	return row
}

// shortVerdict is the verdict of a metric in one word or two.
func (w words) shortVerdict(m *experiment.Metric) string {
	switch {
	case !m.Tested:
		return absentName
	case m.Verdict == experiment.NotEnoughData:
		return "TOO FEW"
	case m.Verdict == experiment.NoHarm:
		return "NO HARM"
	}
	return string(m.Verdict)
}

// write writes the table of a variant.
func (f *figures) write(s *screen, w words, v *experiment.Variant) {
	f.writeRow(s, figureHead, f.labels, dim)
	tested := true
	for _, m := range inOrder(v.Metrics) {
		look, drawing := plain, ""
		if m.Verdict == experiment.Worse {
			look = red
		} else if !m.Tested {
			look = dim
		}
		if tested && !m.Tested {
			s.line(span{indent + "no verdict rests on these:", dim})
		}
		tested = m.Tested
		if f.axis.cells > 0 {
			drawing = f.axis.draw(m, s.marks())
		}
		f.writeRow(s, w.figureRow(m), drawing, look)
	}
}

func (f *figures) writeRow(s *screen, row figureRow, drawing string, look style) {
	line := []span{{indent, plain}}
	for column, text := range row {
		if f.hidden[column] {
			continue
		}
		if column > 0 {
			line = append(line, span{pad(gutter), plain})
		}
		if column == figureVerdict && f.axis.cells > 0 {
			line = append(line, left(span{drawing, look}, f.axis.cells+gutter)...)
		}
		if column == figureMetric || column == figureVerdict || column == figureInterval {
			line = append(line, left(span{text, look}, f.widths[column])...)
		} else {
			line = append(line, right(span{text, look}, f.widths[column])...)
		}
	}
	s.line(line...)
}
