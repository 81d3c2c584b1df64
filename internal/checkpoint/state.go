package checkpoint

import (
	"time"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/tailer"
)

// State is what is kept.
type State struct {
	Created time.Time // when counting began
	Written time.Time // set by Save

	// Patterns are the names and globs that logs were looked for by: what one of
	// them matches and Logs does not have was not there yet.
	Patterns []string

	Logs []Log // in no order

	// Left are the places of logs that are no longer read, latest last: a file of
	// theirs that comes back, under whatever name, is read on and not anew.
	Left []Left

	// Departed is the sum of the logs that are no longer read; may be nil.
	Departed *aggregator.Snapshot

	// Held are the names that hold a slot where logs are merged.
	Held aggregator.Held
}

// Left is a log that is no longer read.
type Left struct {
	Name  string
	Place tailer.Place
}

// Log is one log, and what was counted of it.
type Log struct {
	Name    string        // the file's, or the address of a syslog socket
	Created time.Time     // when it was first read
	Place   *tailer.Place // nil for a syslog socket
	Dropped int64         // datagrams of a syslog socket
	Counted *aggregator.Snapshot
}
