package aggregator

// MinuteSlots is how many minutes an arm tells apart: 68 hours. Minutes that far
// apart share a slot.
const MinuteSlots = 4096

// Minute counts the requests of a minute, or of several that share a slot.
type Minute struct {
	First, Last int64 // minutes since 1970; equal where the slot is of one minute
	Excerpt
}

// minuteOf returns the minute of an event time, and its slot.
func minuteOf(milliseconds int64) (minute int64, slot int) {
	minute = milliseconds / 60_000
	if milliseconds%60_000 < 0 {
		minute--
	}
	return minute, int(uint64(minute) % MinuteSlots)
}

func (m *Minute) add(minute int64, failed int64) {
	if m.Requests == 0 {
		m.First, m.Last = minute, minute
	}
	m.First, m.Last = min(m.First, minute), max(m.Last, minute)
	m.Requests++
	m.Errors5xx += failed
}

func (m *Minute) merge(other *Minute) {
	switch {
	case other.Requests == 0:
		return
	case m.Requests == 0:
		*m = *other
		return
	}
	m.First, m.Last = min(m.First, other.First), max(m.Last, other.Last)
	m.Requests += other.Requests
	m.Errors5xx += other.Errors5xx
}
