package aggregator

// WindowSeconds are the lengths of the windows in which distinct clients are
// counted, each a multiple of the one before.
var WindowSeconds = [...]int64{300, 3600, 24 * 3600}

// Windows are the distinct clients of a variant in tumbling windows of event
// time, by length as in WindowSeconds. Windows of one length start at its
// multiples since the Unix epoch; the two latest that had a client are kept, the
// latest first.
//
// They are a function of the set of requests alone: neither their order nor how
// they were spread over shards matters, since whoever has seen a request of one
// of the two latest windows of all has that window among its own two latest. The
// one exception are requests that were ahead of the clock; see Shard.SetNow.
type Windows [len(WindowSeconds)][2]Window

// Window is one window; Clients is nil where there is none.
type Window struct {
	Start   int64 // Unix seconds
	Clients *Clients
}

// Estimate returns how many distinct clients there were, about, in the last
// window of WindowSeconds[length] that is over at now, Unix milliseconds: 0 if it
// had none. Take now after the snapshot: of windows before the two that were the
// latest at that time, nothing is known any more.
func (w *Windows) Estimate(length int, now int64) int64 {
	start := windowStart(length, now) - WindowSeconds[length]
	for _, window := range w[length] {
		if window.Clients != nil && window.Start == start {
			return window.Clients.Estimate()
		}
	}
	return 0
}

// windowStart returns the start, in Unix seconds, of the window of a length that
// a time in Unix milliseconds is in.
func windowStart(length int, ms int64) int64 {
	return floor(floor(ms, 1000)/1000, WindowSeconds[length])
}

// Merge adds the clients of other.
func (w *Windows) Merge(other *Windows) {
	for length := range other {
		for _, more := range other[length] {
			if more.Clients != nil {
				w.add(length, more.Start, more.Clients)
			}
		}
	}
}

// add adds clients to the window of a length that starts at start.
func (w *Windows) add(length int, start int64, clients *Clients) {
	switch window := w.place(length, start); {
	case window == nil: // older than the two latest
	case window.Clients == nil:
		window.Clients = clients.Clone()
	default:
		window.Clients.Merge(clients)
	}
}

// place returns the window of a length that starts at start, or nil where it is
// older than the two latest. It makes room for a window that is not there yet,
// whose Clients are nil then: the caller has to set them.
func (w *Windows) place(length int, start int64) *Window {
	latest, before := &w[length][0], &w[length][1]
	switch {
	case latest.Clients == nil || start > latest.Start:
		if latest.Clients != nil {
			*before = *latest
		}
		*latest = Window{Start: start}
		return latest
	case start == latest.Start:
		return latest
	case before.Clients == nil || start > before.Start:
		*before = Window{Start: start}
		return before
	case start == before.Start:
		return before
	}
	return nil
}

// mergeWindows adds more to the windows of a variant, without keeping it.
func mergeWindows(there map[string]*Windows, variant string, more *Windows) {
	windows, ok := there[variant]
	if !ok {
		windows = new(Windows)
		there[variant] = windows
	}
	windows.Merge(more)
}
