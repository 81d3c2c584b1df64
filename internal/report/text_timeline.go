package report

import (
	"time"

	"github.com/splitgauge/splitgauge/aggregator"
)

// timelineLabel is the width of the labels of sparklines.
const timelineLabel = len("requests") + gutter

// maxStretch is how many cells one slot takes at most.
const maxStretch = 4

// writeTimeline writes when requests and server errors happened.
func writeTimeline(s *screen, rows *rows) {
	room := int64(s.width - margin - timelineLabel)
	if len(rows.slots) < 2 || rows.step <= 0 || room < 8 {
		return
	}
	first, last := rows.slots[0].Start, rows.slots[len(rows.slots)-1].Start
	total := (last-first)/rows.step + 1
	perColumn := (total + room - 1) / room
	columns := (total + perColumn - 1) / perColumn
	stretch := max(1, min(maxStretch, room/columns))

	requests, errors := make([]int64, columns*stretch), make([]int64, columns*stretch)
	busiest, worst := rows.slots[0], rows.slots[0]
	for _, slot := range rows.slots {
		column := (slot.Start - first) / rows.step / perColumn
		for i := range stretch {
			requests[column*stretch+i] += slot.Requests
			errors[column*stretch+i] += slot.Classes[5]
		}
		if slot.Requests > busiest.Requests {
			busiest = slot
		}
		if slot.Classes[5] > worst.Classes[5] {
			worst = slot
		}
	}

	s.heading("OVER TIME", "UTC, "+spanOf(perColumn*rows.step*1000)+" a column")
	writeSparkline(s, "requests", requests, plain)
	if worst.Classes[5] > 0 {
		writeSparkline(s, "5xx", errors, red)
	}
	layout := axisLayout(first, last+rows.step)
	from, to := clock(first, layout), clock(last+rows.step, layout)
	axis := from
	if gap := int(columns*stretch) - len(from) - len(to); gap > 0 {
		axis += pad(gap) + to
	}
	s.line(span{indent + pad(timelineLabel) + axis, dim})

	s.line()
	s.paragraph(peakText("requests", busiest, busiest.Requests, rows.step)+", "+rate(busiest.Requests, rows.step*1000)+".", plain)
	if n := worst.Classes[5]; n > 0 {
		s.paragraph(peakText("5xx", worst, n, rows.step)+".", plain)
	}
	if rows.outside > 0 {
		s.paragraph(counted(rows.outside, "request has a time", "requests have times")+
			" too far off to be shown: a clock was wrong.", dim)
	}
}

func writeSparkline(s *screen, label string, values []int64, look style) {
	s.line(append(append([]span{{indent, plain}}, left(span{label, dim}, timelineLabel)...), span{s.sparkline(values), look})...)
}

func peakText(what string, slot aggregator.Slot, n, step int64) string {
	return "Most " + what + ": " + grouped(n) + " in " + spanOf(step*1000) +
		" from " + clock(slot.Start, "2006-01-02 15:04")
}

// axisLayout returns how two times in Unix seconds are told apart in the
// least space.
func axisLayout(first, last int64) string {
	switch a, b := time.Unix(first, 0).UTC(), time.Unix(last, 0).UTC(); {
	case a.Format(time.DateOnly) == b.Format(time.DateOnly):
		return "15:04"
	case a.Year() == b.Year():
		return "01-02 15:04"
	}
	return time.DateOnly
}

func clock(seconds int64, layout string) string { return time.Unix(seconds, 0).UTC().Format(layout) }
