package aggregator

// WindowSeconds are the lengths of the windows in which distinct clients are
// counted.
var WindowSeconds = [...]int64{300, 3600, 24 * 3600}

// Windows are the distinct clients of a variant in tumbling windows of event
// time. Windows of one length start at its multiples since the Unix epoch; the
// two latest that had a client are kept.
type Windows [len(WindowSeconds)][2]Window

// Window is one window; Clients is nil where there is none.
type Window struct {
	Start   int64 // Unix seconds
	Clients *Clients
}

// Estimate returns how many distinct clients there were in the last whole window
// of WindowSeconds[length] before now, Unix milliseconds.
func (w *Windows) Estimate(length int, now int64) int64 { return 0 }
