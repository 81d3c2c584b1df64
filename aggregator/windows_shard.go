package aggregator

import "math"

// maxAhead is how far ahead of the clock an event time is believed, in
// milliseconds: clocks of two machines differ by less.
const maxAhead = 5 * 60 * 1000

// noClock is the clock of a shard that was not told the time: nothing is ahead
// of it.
const noClock = math.MaxInt64

// SetNow tells the shard the wall clock, in Unix milliseconds, against which it
// judges event times that lie in the future. Only windows use it: a request that
// is ahead by at most 5 minutes counts in the windows of now, one that is further
// ahead in none, so that no stray clock pushes out the windows that are current.
// Until it is called, nothing is taken to lie in the future.
//
// Where the clock was set back, windows of what has become the future are
// dropped.
func (s *Shard) SetNow(ms int64) {
	if ms < s.now {
		for _, row := range s.variantTraffic {
			if row != nil && row.windows != nil {
				row.windows.dropAfter(ms + maxAhead)
			}
		}
	}
	s.now = ms
}

// dropAfter drops the windows that start after ms.
func (w *Windows) dropAfter(ms int64) {
	for length := range w {
		latest, before := &w[length][0], &w[length][1]
		for latest.Clients != nil && latest.Start > floor(ms, 1000)/1000 {
			*latest, *before = *before, Window{}
		}
	}
}

// addWindows counts a client, as a hash, at an event time, in Unix milliseconds.
func (s *Shard) addWindows(row *variantTraffic, ms int64, hash uint64) {
	if ms > s.now {
		if ms-s.now > maxAhead {
			return
		}
		ms = s.now
	}
	if row.windows == nil {
		row.windows = new(Windows)
	}
	for length := range row.windows {
		latest := &row.windows[length][0]
		if latest.Clients == nil || uint64(ms-latest.Start*1000) >= uint64(WindowSeconds[length]*1000) {
			row.windows.addLate(length, ms, hash)
			continue
		}
		latest.Clients.add(hash)
	}
}

// addLate counts a client outside the latest window of a length: after it or
// before it.
func (w *Windows) addLate(length int, ms int64, hash uint64) {
	window := w.place(length, windowStart(length, ms))
	if window == nil {
		return
	}
	if window.Clients == nil {
		window.Clients = NewClients()
	}
	window.Clients.add(hash)
}
