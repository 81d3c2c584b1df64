package report

import (
	"math"

	"github.com/splitgauge/splitgauge/experiment"
)

// axis is the logarithmic axis of ratios that all intervals of an experiment are
// drawn on.
type axis struct {
	low, high float64 // ratios at the ends
	margin    float64 // 0: none
	cells     int
}

// axisBounds are the ratios that an axis may end at, and one of each below 1; what
// lies beyond the last is drawn as an arrow.
var axisBounds = [...]float64{1.1, 1.2, 1.5, 2, 3, 5, 10, 20}

// newAxis returns the axis that has all figures of the experiment within it.
func newAxis(r *experiment.Result, cells int) axis {
	least, most := 1/axisBounds[0], axisBounds[0]
	include := func(ratio float64) {
		if ratio > 0 && !math.IsInf(ratio, 1) {
			least, most = min(least, ratio), max(most, ratio)
		}
	}
	for i := range r.Variants {
		for j := range r.Variants[i].Metrics {
			m := &r.Variants[i].Metrics[j]
			include(m.Low)
			include(m.Ratio)
			include(m.High)
		}
	}
	if r.Margin > 1 {
		include(r.Margin)
		include(1 / r.Margin)
	}
	return axis{1 / axisBound(1/least), axisBound(most), r.Margin, cells}
}

func axisBound(ratio float64) float64 {
	for _, bound := range axisBounds {
		if ratio <= bound {
			return bound
		}
	}
	return axisBounds[len(axisBounds)-1]
}

// position returns the cell of a ratio; one outside is beyond the axis.
func (a axis) position(ratio float64) int {
	part := math.Log(ratio/a.low) / math.Log(a.high/a.low)
	return int(math.Round(min(max(part, -1), 2) * float64(a.cells-1)))
}

// inside reports whether a ratio is on the axis.
func (a axis) inside(ratio float64) bool { return ratio >= a.low && ratio <= a.high }

// marks are what an interval is drawn with.
type marks struct {
	one, margin, line, crossing rune
	from, to, downOn, upOn      rune // an end, and one that goes on
	tested, described           rune
}

func (s *screen) marks() marks {
	if s.unicode {
		return marks{'│', '░', '─', '┼', '├', '┤', '◄', '►', '●', '○'}
	}
	return marks{'|', '.', '-', '+', '[', ']', '<', '>', '*', 'o'}
}

// draw returns an interval as a text of the width of the axis: the line at 1, the
// margin shaded, and the interval over them, with an arrow where it goes on beyond
// the axis.
func (a axis) draw(m *experiment.Metric, with marks) string {
	line := make([]rune, a.cells)
	one := a.position(1)
	for i := range line {
		line[i] = ' '
		if a.margin > 1 && i >= a.position(1/a.margin) && i <= a.position(a.margin) {
			line[i] = with.margin
		}
	}
	line[one] = with.one
	from, to := 0, a.cells-1
	left, right := with.downOn, with.upOn
	if m.Low > 0 && m.Low >= a.low {
		from, left = min(to, a.position(m.Low)), with.from
	}
	if m.High <= a.high {
		to, right = max(0, a.position(m.High)), with.to
	}
	for i := from; i <= to; i++ {
		line[i] = with.line
		if i == one {
			line[i] = with.crossing
		}
	}
	if from < to {
		line[from], line[to] = left, right
	}
	switch {
	case m.Value == 0 && m.Control == 0: // nothing to estimate
	case a.inside(m.Ratio):
		line[a.position(m.Ratio)] = with.described
		if m.Tested {
			line[a.position(m.Ratio)] = with.tested
		}
	case from >= to: // all of it lies beyond one end
		line[from] = left
		if m.Ratio > a.high {
			line[a.cells-1] = right
		}
	}
	return string(line)
}

// labels returns what stands above the axis: its upper end and, where there is room,
// 1 and the lower end, which are in each other's way where the former is near.
func (a axis) labels(w words) string {
	line := make([]rune, a.cells)
	for i := range line {
		line[i] = ' '
	}
	low, one, high := []rune(w.bound(a.low)), []rune(w.bound(1)), []rune(w.bound(a.high))
	copy(line[max(0, a.cells-len(high)):], high)
	at := a.position(1) - len(one)/2
	if at > len(low) {
		copy(line, low)
	}
	if at >= 0 && at+len(one) < a.cells-len(high) {
		copy(line[at:], one)
	}
	return string(line)
}

// bound returns a ratio of the axis.
func (w words) bound(ratio float64) string { return w.pick("×", "x") + significantShort(ratio) }
