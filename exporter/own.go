package exporter

import "time"

// logs adds what is told of each log. Two logs of the same name, which only a
// name given twice can be, would be the same series: the first one counts.
func (s *samples) logs(logs []Log) {
	seen := make(map[string]bool, len(logs))
	for i := range logs {
		if log := &logs[i]; !seen[log.Name] {
			seen[log.Name] = true
			s.from(log.Created)
			s.log(log)
		}
	}
}

func (s *samples) log(log *Log) {
	s.count(logLines, log.Lines.Parsed, log.Name, "parsed")
	s.count(logLines, log.Lines.Partial, log.Name, "partial")
	s.count(logLines, log.Lines.Unparsed, log.Name, "unparsed")
	s.count(logBytes, log.Lines.Bytes, log.Name)
	for reason, n := range log.Lines.Reasons {
		s.count(parseFailures, n, log.Name, reason)
	}
	if log.Socket {
		s.count(logDroppedDatagrams, log.Dropped, log.Name)
		return
	}
	s.set(logLagBytes, float64(log.Behind), log.Name)
	s.set(logLagSeconds, log.Lag.Seconds(), log.Name)
	s.count(logRotations, log.Rotations, log.Name)
	s.count(logTruncations, log.Truncations, log.Name)
	s.lost(log)
}

// knownLosses are the causes of loss that have a series from the beginning.
var knownLosses = []string{"truncated", "deleted"}

func (s *samples) lost(log *Log) {
	for _, cause := range knownLosses {
		if _, ok := log.Lost[cause]; !ok {
			s.count(logLostBytes, 0, cause, log.Name)
		}
	}
	for cause, n := range log.Lost {
		s.count(logLostBytes, n, cause, log.Name)
	}
}

// checkpoint adds what is told of the state on disk; of its age and size only
// once there is one.
func (s *samples) checkpoint(c *Checkpoint, now time.Time) {
	if !c.Written.IsZero() {
		s.set(checkpointAge, now.Sub(c.Written).Seconds())
		s.set(checkpointDuration, c.Duration.Seconds())
		s.set(checkpointSize, float64(c.Size))
	}
	s.from(time.Time{}) // failures are counted since the process started, not in the state
	for cause, n := range c.Failures {
		s.count(checkpointFailures, n, cause)
	}
}

func (s *samples) reload(r *Reload) {
	success := 0.0
	if r.OK {
		success = 1
	}
	s.set(configReloadSuccess, success)
	if !r.At.IsZero() {
		s.set(configReloadTimestamp, float64(r.At.UnixMilli())/1000)
	}
}
