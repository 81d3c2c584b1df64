package exporter

import (
	"time"

	"github.com/splitgauge/splitgauge/aggregator"
)

// State is everything that one scrape publishes. The exporter does not change
// it and keeps nothing of it once the scrape has been gathered.
type State struct {
	Now     time.Time
	Created time.Time // when counting began, in an earlier process mostly

	// Summary is the merge of all logs, without paths and timeline; nil where
	// proxies run alone, without logs and without what belongs to them.
	Summary *aggregator.Snapshot

	Logs       []Log // of names of their own
	Splits     []Split
	Checkpoint Checkpoint
	Reload     Reload

	Experiments Experiments

	Proxies *Proxies // nil: none
}

// Log is one log that is being read.
type Log struct {
	Name    string // the file's, or the address of the syslog socket
	Socket  bool   // a syslog socket: it has Dropped, and nothing of files
	Created time.Time

	Lines                  aggregator.Lines
	Rotations, Truncations int64
	Lost                   map[string]int64 // bytes, by cause
	Dropped                int64            // datagrams

	Behind int64         // bytes
	Lag    time.Duration // since everything was read last; 0 where it is
}

// Split is one split_clients as it is configured.
type Split struct {
	Experiment string             // the variable that it sets, without "$"
	Shares     map[string]float64 // by variant; they add up to 1
}

// Checkpoint is how the last writing of the state went.
type Checkpoint struct {
	Written  time.Time // the last that succeeded; zero if none has
	Duration time.Duration
	Size     int64            // bytes
	Failures map[string]int64 // by cause
}

// Reload is how the last reading of the configuration went.
type Reload struct {
	At time.Time // the last that succeeded
	OK bool      // the last one succeeded
}

// Source returns the state of now, or why there is none that may be published
// yet, which is answered by 503: while logs are being caught up with after a
// start, counters would be behind what was published before it.
type Source func() (*State, error)
