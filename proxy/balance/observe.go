package balance

import "time"

// Summary is what logs say of a server within about a second.
type Summary struct {
	Server string // its name, else its address

	// Attempts are requests to the server that ended, Errors those of them that
	// it failed: a status of 500 and more, or no answer. A client that left
	// (499) is an attempt and no error.
	Attempts, Errors int64

	// Latency is the median, or the mean, of the Measured attempts for which
	// the log has one. Attempts without a header time are errors, never
	// latencies: nginx logs 0.000 for a failed connect.
	Latency  time.Duration
	Measured int64
}

// State is whether a server gets new connections, in HAProxy's words.
type State uint8

const (
	Ready State = iota
	Drain       // only connections marked for it
	Maint       // none at all
)
