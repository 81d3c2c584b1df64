package aggregator

import (
	"maps"
	"slices"
)

// Timeline is requests over time, in slots of one step. Slots start at
// multiples of Step since the Unix epoch; the steps nest, so that coarsening is
// exact and can be done at any time.
type Timeline struct {
	Step    int64              // seconds, one of the steps
	Slots   map[int64]*Traffic // by start, Unix seconds; not empty ones only
	Outside int64              // requests for which there was no room; see maxStored
}

// steps are the steps of a timeline, in seconds, each a multiple of the one
// before.
var steps = [...]int64{60, 5 * 60, 3600, 6 * 3600, day}

const day = 24 * 3600

// maxSlots is how many slots a timeline is shown with, empty ones included.
const maxSlots = 1500

// maxStored is how many slots are kept, twice as many, so that stray
// timestamps (a clock at 1970 or at 2099) have slots of their own and do not
// coarsen the rest before View, which sees all of them, leaves them out.
const maxStored = 2 * maxSlots

// Slot is one step of a timeline.
type Slot struct {
	Start int64 // Unix seconds
	*Traffic
}

// View returns the timeline to be shown: slots by ascending start, those
// without a request left out, with the smallest step of which at most 1 500
// cover the whole range. Timestamps further off than that many days from where
// most requests are, are outside: of the ranges of 1 500 days the one with most
// requests is shown, the earliest of equals.
func (t *Timeline) View() (step int64, slots []Slot, outside int64) {
	first, last := t.mainRange()
	step = t.Step
	for _, s := range steps {
		if s >= step && floor(last, s)-floor(first, s) < maxSlots*s {
			step = s
			break
		}
	}
	byStart := make(map[int64]*Traffic)
	outside = t.Outside
	for _, start := range slices.Sorted(maps.Keys(t.Slots)) {
		traffic := t.Slots[start]
		if start < first || start > last {
			outside += traffic.Requests
			continue
		}
		mergeRow(byStart, floor(start, step), traffic)
	}
	for _, start := range slices.Sorted(maps.Keys(byStart)) {
		slots = append(slots, Slot{start, byStart[start]})
	}
	return step, slots, outside
}

// mainRange returns the start of the first and of the last slot in the range
// of maxSlots days that has most requests.
func (t *Timeline) mainRange() (first, last int64) {
	starts := slices.Sorted(maps.Keys(t.Slots))
	var most, requests int64
	from := 0
	for to, start := range starts {
		requests += t.Slots[start].Requests
		for floor(start, day)-floor(starts[from], day) >= maxSlots*day {
			requests -= t.Slots[starts[from]].Requests
			from++
		}
		if requests > most {
			most, first, last = requests, starts[from], starts[to]
		}
	}
	return first, last
}

// Merge adds the requests of other.
func (t *Timeline) Merge(other *Timeline) {
	t.Outside += other.Outside
	t.coarsen(other.Step)
	for start, traffic := range other.Slots {
		mergeRow(t.Slots, floor(start, t.Step), traffic)
	}
	for len(t.Slots) > maxStored && t.Step < day {
		t.coarsen(nextStep(t.Step))
	}
	if len(t.Slots) > maxStored {
		t.dropStrays()
	}
}

// dropStrays makes room where even a slot a day is too many: what is furthest
// from the main range goes.
func (t *Timeline) dropStrays() {
	first, last := t.mainRange()
	for start, traffic := range t.Slots {
		if start < first || start > last {
			t.Outside += traffic.Requests
			delete(t.Slots, start)
		}
	}
}

func (t *Timeline) coarsen(step int64) {
	if step <= t.Step {
		return
	}
	slots := make(map[int64]*Traffic)
	for start, traffic := range t.Slots {
		mergeRow(slots, floor(start, step), traffic)
	}
	t.Step, t.Slots = step, slots
}

// nextStep returns the step after step, which is not the last.
func nextStep(step int64) int64 { return steps[slices.Index(steps[:], step)+1] }

// floor returns the largest multiple of step that is at most seconds.
func floor(seconds, step int64) int64 {
	remainder := seconds % step
	if remainder < 0 {
		remainder += step
	}
	return seconds - remainder
}

// timeline is a shard's side of a Timeline.
type timeline struct {
	step    int64 // seconds
	slots   map[int64]*traffic
	outside int64

	// The slot of the last request: the next is mostly in the same one.
	current             *traffic
	currentMs, stepInMs int64
}

func newTimeline() timeline {
	return timeline{step: steps[0], slots: make(map[int64]*traffic)}
}

// add counts a request at an event time, in Unix milliseconds.
func (t *timeline) add(ms int64, o observation) {
	if t.current == nil || uint64(ms-t.currentMs) >= uint64(t.stepInMs) {
		if !t.move(ms) {
			t.outside++
			return
		}
	}
	t.current.add(o)
}

// move makes the slot of ms the current one; it reports false where there is
// no room for another.
func (t *timeline) move(ms int64) bool {
	for {
		start := floor(floor(ms, 1000)/1000, t.step)
		slot, known := t.slots[start]
		if !known {
			if len(t.slots) >= maxStored {
				if t.step == day {
					t.current = nil
					return false
				}
				t.coarsen(nextStep(t.step))
				continue
			}
			slot = newTraffic()
			t.slots[start] = slot
		}
		t.current, t.currentMs, t.stepInMs = slot, start*1000, t.step*1000
		return true
	}
}

func (t *timeline) coarsen(step int64) {
	slots := make(map[int64]*traffic)
	for start, slot := range t.slots {
		if sum, known := slots[floor(start, step)]; known {
			sum.merge(slot)
		} else {
			slots[floor(start, step)] = slot
		}
	}
	t.step, t.slots = step, slots
}

// restore makes an empty timeline go on from that of a snapshot.
func (t *timeline) restore(from *Timeline) {
	bounded := Timeline{Step: steps[0], Slots: make(map[int64]*Traffic)}
	bounded.Merge(from)
	t.step, t.outside = bounded.Step, bounded.Outside
	for start, slot := range bounded.Slots {
		t.slots[start] = newTraffic()
		t.slots[start].restore(slot)
	}
}

func (t *timeline) snapshot() Timeline {
	view := Timeline{Step: t.step, Slots: make(map[int64]*Traffic, len(t.slots)), Outside: t.outside}
	for start, slot := range t.slots {
		view.Slots[start] = slot.snapshot()
	}
	return view
}
