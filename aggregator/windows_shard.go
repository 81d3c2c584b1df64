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

// shardWindows is a shard's side of Windows. A window lies within one of the
// next length, so that a client goes into the latest of the shortest length
// alone; the longer ones are given what it has when they are looked at, or when
// another takes its place.
type shardWindows struct {
	windows  Windows
	pending  bool  // the longer windows lack clients that the latest of the shortest has
	latestMs int64 // the start of the latest of the shortest, in milliseconds
}

// addWindows counts a client, as a hash, at an event time, in Unix milliseconds.
func (s *Shard) addWindows(row *variantTraffic, ms int64, hash uint64) {
	if ms > s.now {
		if ms-s.now > maxAhead {
			return
		}
		ms = s.now
	}
	w := row.windows
	if w == nil {
		w = new(shardWindows)
		row.windows = w
	}
	latest := w.windows[0][0].Clients
	if latest == nil || uint64(ms-w.latestMs) >= uint64(WindowSeconds[0]*1000) {
		w.addOutside(ms, hash)
		return
	}
	latest.add(hash)
	w.pending = true
}

// addOutside counts a client outside the latest of the shortest windows: after
// it or before it.
func (w *shardWindows) addOutside(ms int64, hash uint64) {
	w.settle()
	for length := range w.windows {
		window := w.windows.place(length, windowStart(length, ms))
		if window == nil {
			continue
		}
		if window.Clients == nil {
			window.Clients = NewClients()
		}
		window.Clients.add(hash)
	}
	w.moved()
}

// settle gives the longer windows what they lack.
func (w *shardWindows) settle() {
	if !w.pending {
		return
	}
	latest := w.windows[0][0]
	for length := 1; length < len(w.windows); length++ {
		w.windows.add(length, windowStart(length, w.latestMs), latest.Clients)
	}
	w.pending = false
}

// moved notes which the latest of the shortest windows is.
func (w *shardWindows) moved() { w.latestMs = w.windows[0][0].Start * 1000 }

// dropAfter drops the windows that start after ms.
func (w *shardWindows) dropAfter(ms int64) {
	w.settle()
	for length := range w.windows {
		latest, before := &w.windows[length][0], &w.windows[length][1]
		for latest.Clients != nil && latest.Start > floor(ms, 1000)/1000 {
			*latest, *before = *before, Window{}
		}
	}
	w.moved()
}

// restore adds the windows of a snapshot.
func (w *shardWindows) restore(windows *Windows) {
	w.settle()
	w.windows.Merge(windows)
	w.moved()
}

// settled returns all that was counted. It is the shard's own.
func (w *shardWindows) settled() *Windows {
	w.settle()
	return &w.windows
}
