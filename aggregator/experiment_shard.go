package aggregator

import (
	"slices"

	"github.com/cespare/xxhash/v2"

	"github.com/splitgauge/splitgauge/parser"
)

// NoArm stands for a value that the split cannot give.
const NoArm = -1

// shardExperiment is a shard's side of an Experiment.
type shardExperiment struct {
	*Experiment
	servers [][]Excerpt // by arm and number of the server, grown on demand
}

func newShardExperiment(config ExperimentConfig, changed int64) *shardExperiment {
	return &shardExperiment{newExperiment(config, changed), make([][]Excerpt, len(config.Arms))}
}

// ExperimentNumber returns the number by which the shard knows an experiment, or
// -1 if its Config does not declare it, or defines it in another way.
func (s *Shard) ExperimentNumber(name, definition string) int {
	return slices.IndexFunc(s.config.Experiments, func(c ExperimentConfig) bool { return c.Name == name && c.Definition == definition })
}

// LineCounts are how many lines there are, and how many of them could not be parsed,
// or not in part.
type LineCounts struct{ Lines, Unparsed, Partial int64 }

// AddLines counts lines of a log that an experiment's requests are in: those that the
// shard has counted since before.
func (s *Shard) AddLines(experiment int, before LineCounts) {
	x, now := s.experiments[experiment], s.LineCounts()
	x.Lines += now.Lines - before.Lines
	x.Unparsed += now.Unparsed - before.Unparsed
	x.Partial += now.Partial - before.Partial
}

// LineCounts returns the lines of all logs.
func (s *Shard) LineCounts() LineCounts {
	return LineCounts{s.lines.Total(), s.lines.Unparsed, s.lines.Partial}
}

// AddAudit counts a request whose value is logged and can be computed: the arm
// that it is logged in, and the one where it belongs.
func (s *Shard) AddAudit(experiment, logged, computed int, e *parser.Entry) {
	x := s.experiments[experiment]
	if x.settling(e.Time) {
		return
	}
	if logged != NoArm {
		x.Arms[logged].Checked++
	}
	if logged == computed {
		return
	}
	if logged != NoArm {
		x.Arms[logged].WrongIn++
	}
	if computed != NoArm {
		x.Arms[computed].WrongOut++
	}
}

// AddWithoutKey counts the request that was last given to Add in an arm, or as
// one of an unknown value with NoArm: the line lacks a variable of the key, so
// that nobody knows whose request it is.
func (s *Shard) AddWithoutKey(experiment, arm int, e *parser.Entry) {
	if a := s.experiments[experiment].arm(arm, e.Time); a != nil {
		a.NoKey++
	}
}

// AddToArm counts the request that was last given to Add in an arm, or as one of
// an unknown value with NoArm. The client is who has the key of the split. It
// keeps nothing of key and e.
func (s *Shard) AddToArm(experiment, arm int, key []byte, e *parser.Entry) {
	x := s.experiments[experiment]
	a := x.arm(arm, e.Time)
	if a == nil {
		return
	}
	failed := a.add(xxhash.Sum64(key), e, x.Slow)
	if s.lastServer >= 0 {
		x.addServer(arm, s.lastServer, failed)
	}
}

// AddKeyless counts the request that was just added to an arm as one whose key has
// no value.
func (s *Shard) AddKeyless(experiment, arm int, e *parser.Entry) {
	if x := s.experiments[experiment]; arm != NoArm && !x.settling(e.Time) {
		x.Arms[arm].Keyless.add(excerptOf(e))
	}
}

// AddIPv6 counts the request that was just added to an arm as one whose key has an
// IPv6 address in it.
func (s *Shard) AddIPv6(experiment, arm int, e *parser.Entry) {
	if x := s.experiments[experiment]; arm != NoArm && !x.settling(e.Time) {
		x.IPv6++
	}
}

// AddOutside counts the request that was last given to Add as one that can be in no
// arm: its line has neither the value nor what the key is made of.
func (s *Shard) AddOutside(experiment int, e *parser.Entry) {
	if x := s.experiments[experiment]; !x.settling(e.Time) {
		x.Outside.add(excerptOf(e))
	}
}

// excerptOf returns a request as an excerpt.
func excerptOf(e *parser.Entry) Excerpt {
	if serverError(e.Status) {
		return Excerpt{1, 1}
	}
	return Excerpt{1, 0}
}

func serverError(status int) bool { return status >= 500 && status < 600 }

// settling reports whether a request may have been assigned by the definition of
// before. One without a time is as late as it was read.
func (x *Experiment) settling(time int64) bool {
	return time < x.Settles && time != parser.NoTime
}

// arm counts a request in an arm, which it returns; nil where it belongs to none, or
// may have been assigned by another split.
func (x *shardExperiment) arm(arm int, time int64) *Arm {
	if x.settling(time) {
		x.Settling++
		return nil
	}
	if arm == NoArm {
		x.Unknown++
		return nil
	}
	if time != parser.NoTime {
		if time < x.First || x.First == parser.NoTime {
			x.First = time
		}
		x.Last = max(x.Last, time)
	}
	a := x.Arms[arm]
	a.Requests++
	return a
}

func (x *shardExperiment) addServer(arm, server int, failed int64) {
	rows := &x.servers[arm]
	if server >= len(*rows) {
		*rows = append(*rows, make([]Excerpt, server+1-len(*rows))...)
	}
	(*rows)[server].add(Excerpt{1, failed})
}

// add counts a request of the client of hash, and returns 1 if it failed.
func (a *Arm) add(hash uint64, e *parser.Entry, slow int64) (failed int64) {
	a.makeCells()
	cell := &a.Cells[hash%ExperimentCells]
	cell.Requests++
	if e.BytesSent >= 0 {
		cell.Bytes += e.BytesSent
	} else {
		a.NoBytes++
	}
	mixed := mixClient(hash)
	a.Clients.add(mixed)
	switch {
	case e.Status == parser.Absent:
		a.NoStatus++
	case serverError(e.Status):
		failed = 1
		cell.Errors5xx++
		a.Affected.add(mixed)
	case e.Status == statusClientClosed:
		cell.Aborted499++
	case e.Status >= 400 && e.Status < 500:
		cell.Errors4xx++
	}
	a.addLatency(cell, hash, e, slow)
	if e.Time != parser.NoTime {
		a.makeMinutes()
		minute, slot := minuteOf(e.Time)
		a.Minutes[slot].add(minute, failed)
	}
	return failed
}

const (
	statusClientClosed       = 499 // nginx's own
	statusSwitchingProtocols = 101
)

// addLatency counts the request time. That of an upgraded connection is how long
// it was open.
func (a *Arm) addLatency(cell *Cell, hash uint64, e *parser.Entry, slow int64) {
	switch {
	case e.Status == statusSwitchingProtocols:
		return
	case e.RequestTime < 0:
		a.NoTime++
		return
	}
	cell.Timed++
	cell.Latency += min(e.RequestTime, MaxCellLatency)
	if e.RequestTime > slow {
		cell.Slow++
	}
	a.makeLatencies()
	a.Latencies.add(hash, e.RequestTime)
}

// snapshotExperiments returns what is known of the experiments. It shares
// nothing with the shard.
func (s *Shard) snapshotExperiments() map[string]*Experiment {
	experiments := make(map[string]*Experiment, len(s.experiments))
	for i, x := range s.experiments {
		snapshot := x.Clone()
		for arm, rows := range x.servers {
			for server, row := range rows {
				if row.Requests > 0 {
					snapshot.Arms[arm].addServer(s.servers.name(server), row)
				}
			}
		}
		experiments[s.config.Experiments[i].Name] = snapshot
	}
	return experiments
}

// Experiments returns what Snapshot has of the experiments, and nothing else.
func (s *Shard) Experiments() map[string]*Experiment { return s.snapshotExperiments() }

// restoreExperiments goes on from the epochs of a snapshot that are still what
// the Config declares. For others a new one has begun: now, by SetNow.
func (s *Shard) restoreExperiments(experiments map[string]*Experiment) {
	for i, config := range s.config.Experiments {
		before := experiments[config.Name]
		switch {
		case before == nil:
			continue
		case !before.fits(config):
			s.experiments[i] = newShardExperiment(config, s.changed())
			continue
		}
		x := &shardExperiment{before.Clone(), make([][]Excerpt, len(config.Arms))}
		for arm, a := range x.Arms {
			for _, server := range busiestFirst(a.Servers) {
				row, number := a.Servers[server], s.servers.number([]byte(server))
				x.servers[arm] = append(x.servers[arm], make([]Excerpt, max(0, number+1-len(x.servers[arm])))...)
				x.servers[arm][number].add(row)
			}
			clear(a.Servers)
		}
		s.experiments[i] = x
	}
}

// changed is the time of a change that is seen now.
func (s *Shard) changed() int64 {
	if s.now == noClock {
		return parser.NoTime
	}
	return s.now
}
