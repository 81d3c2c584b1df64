package aggregator

import (
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/parser"
)

var oneRequest = observation{class: 2, latency: parser.Absent}

func TestTimelineSteps(t *testing.T) {
	start := time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		over time.Duration
		want int64
	}{
		{0, 60},
		{1499 * time.Minute, 60},
		{1500 * time.Minute, 300},
		{1499 * 5 * time.Minute, 300},
		{1500 * 5 * time.Minute, 3600},
		{1500 * time.Hour, 6 * 3600},
		{1500 * 6 * time.Hour, day},
		{1499 * 24 * time.Hour, day},
	} {
		line := newTimeline()
		for i := range int64(5000) {
			line.add(start.UnixMilli()+test.over.Milliseconds()*i/4999, oneRequest)
		}
		view := line.snapshot()
		step, slots, outside := view.View()
		var requests int64
		for _, slot := range slots {
			requests += slot.Requests
		}
		if step != test.want || requests != 5000 || outside != 0 || len(slots) > maxSlots {
			t.Errorf("over %v: step %d s, %d slots, %d requests, %d outside; want %d s", test.over, step, len(slots), requests, outside, test.want)
		}
	}
}

// TestTimelineWithStrayClocks wants a clock at 1970 and one at 2099 counted
// apart, wherever in the log they stand, with the other slots untouched.
func TestTimelineWithStrayClocks(t *testing.T) {
	stray := []time.Time{time.Unix(0, 0), time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)}
	start := time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	for place := range 3 {
		line := newTimeline()
		for i := range 1000 {
			if i == place*499 {
				for _, at := range stray {
					line.add(at.UnixMilli(), oneRequest)
				}
			}
			line.add(start.Add(time.Duration(i)*time.Minute).UnixMilli(), oneRequest)
		}
		view := line.snapshot()
		step, slots, outside := view.View()
		if step != 60 || len(slots) != 1000 || outside != 2 {
			t.Errorf("strays at place %d: step %d s, %d slots, %d outside; want 60 s, 1000, 2", place, step, len(slots), outside)
		}
	}
}

// TestTimelineIsBounded adds a request in every one of 10,000 days.
func TestTimelineIsBounded(t *testing.T) {
	line := newTimeline()
	for d := range int64(10_000) {
		line.add(d*day*1000, oneRequest)
	}
	if len(line.slots) > maxStored {
		t.Errorf("%d slots kept; want at most %d", len(line.slots), maxStored)
	}
	view := line.snapshot()
	view.Merge(&view)
	step, slots, outside := view.View()
	var requests int64
	for _, slot := range slots {
		requests += slot.Requests
	}
	if requests+outside != 20_000 || step != day || len(slots) > maxSlots {
		t.Errorf("step %d s, %d slots, %d requests and %d outside; want all 20,000 and a step of a day", step, len(slots), requests, outside)
	}
}

func TestTimelineBefore1970(t *testing.T) {
	line := newTimeline()
	line.add(-1, oneRequest)
	view := line.snapshot()
	if _, slots, _ := view.View(); len(slots) != 1 || slots[0].Start != -60 {
		t.Errorf("a request 1 ms before 1970 has the slots %v; want one that starts at -60 s", slots)
	}
}
