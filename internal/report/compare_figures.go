package report

import (
	"math"

	"github.com/splitgauge/splitgauge/experiment"
)

// figures are the table of a variant's metrics, with their intervals drawn.
type figures struct {
	axis   axis // no cells: there is no room to draw
	head   figureRow
	rows   []figureRow
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

type figureRow struct {
	texts   [figureColumns]string
	drawing string
	verdict experiment.Verdict
	tested  bool
}

// Widths of the drawing, in cells.
const (
	leastPlot = 11
	mostPlot  = 41
)

// newFigures lays out the metrics of a variant: those with a verdict first, of them
// the one that decides.
func newFigures(s *screen, w words, v *experiment.Variant) *figures {
	f := &figures{head: figureRow{texts: [figureColumns]string{"metric", "value", "control", "ratio", "interval", "verdict"}}}
	metrics := inOrder(v.Metrics)
	for _, m := range metrics {
		f.rows = append(f.rows, w.figureRow(m))
	}
	plot := s.width - margin
	for column := range figureColumns {
		for _, row := range append(f.rows, f.head) {
			f.widths[column] = max(f.widths[column], cells(row.texts[column]))
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
		f.head.drawing = f.axis.labels(w)
		for i, m := range metrics {
			f.rows[i].drawing = f.axis.draw(m, s.marks())
		}
	}
	return f
}

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
	row := figureRow{verdict: m.Verdict, tested: m.Tested}
	row.texts = [figureColumns]string{
		m.Name, amount(m.Value, m.Unit, digits), amount(m.Control, m.Unit, digits), w.times(m.Ratio, digits),
		w.interval(m.Low, m.High), w.shortVerdict(m),
	}
	if m.Low <= 0 && math.IsInf(m.High, 1) && m.Control == 0 {
		row.texts[figureRatio] = absentName
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

func (f *figures) write(s *screen) {
	f.writeRow(s, f.head, dim)
	for i, row := range f.rows {
		if !row.tested && (i == 0 || f.rows[i-1].tested) {
			s.line(span{indent + "no verdict rests on these:", dim})
		}
		look := plain
		if row.verdict == experiment.Worse {
			look = red
		} else if !row.tested {
			look = dim
		}
		f.writeRow(s, row, look)
	}
}

func (f *figures) writeRow(s *screen, row figureRow, look style) {
	line := []span{{indent, plain}}
	for column, text := range row.texts {
		if f.hidden[column] {
			continue
		}
		if column > 0 {
			line = append(line, span{pad(gutter), plain})
		}
		if column == figureVerdict && row.drawing != "" {
			line = append(line, left(span{row.drawing, look}, f.axis.cells+gutter)...)
		}
		if column == figureMetric || column == figureVerdict || column == figureInterval {
			line = append(line, left(span{text, look}, f.widths[column])...)
		} else {
			line = append(line, right(span{text, look}, f.widths[column])...)
		}
	}
	s.line(line...)
}
