package loggen

import (
	"maps"
	"slices"
)

// maxSlots is how many slots a timeline may have, empty ones included.
const maxSlots = 1500

// stepMinutes are the steps of a timeline: 1 min, 5 min, 1 h, 6 h, 1 d.
var stepMinutes = [...]int64{1, 5, 60, 360, 1440}

// timeline describes the requests over time.
func (t *Truth) timeline(bounds bucketBounds) Timeline {
	minutes := slices.Sorted(maps.Keys(t.slots))
	step := stepMinutes[0]
	if len(minutes) > 0 {
		for _, step = range stepMinutes {
			if minutes[len(minutes)-1]/step-minutes[0]/step+1 <= maxSlots {
				break
			}
		}
	}
	timeline := Timeline{step * 60, []Slot{}}
	for len(minutes) > 0 {
		number := minutes[0] / step
		var slot traffic
		slot.requestTime.sparse = true
		for len(minutes) > 0 && minutes[0]/step == number {
			slot.merge(t.slots[minutes[0]])
			minutes = minutes[1:]
		}
		timeline.Slots = append(timeline.Slots, Slot{timestamp(number * step * 60_000), slot.report(bounds)})
	}
	return timeline
}

// merge adds the requests of other.
func (g *traffic) merge(other *traffic) {
	g.requests += other.requests
	g.bytes += other.bytes
	for class, n := range other.classes {
		g.classes[class] += n
	}
	g.requestTime.merge(&other.requestTime)
}
