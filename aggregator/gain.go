package aggregator

// Gain is what came to an upstream server, as logs tell it, between two looks at
// the counters of shards. Gains of several shards may be taken into one. The zero
// value is empty.
type Gain struct {
	Attempts int64
	Errors   int64 // attempts with a status of 500 to 599

	times [numCells]uint32 // latencies by cell, modulo 1<<32
}

// Seen is how far the counters of one Shard have been looked at: what they were.
// The zero value has seen nothing, so that what is taken first is all that was
// ever counted.
type Seen struct{ counted Gain }

// Measured returns how many latencies came.
func (g *Gain) Measured() (n int64) {
	for _, count := range g.times {
		n += int64(count)
	}
	return n
}

// Median returns the lower median of the latencies that came, in milliseconds:
// the middle of its cell, which up to 15 ms is the median itself. It is 0 where
// none came.
func (g *Gain) Median() int64 {
	rank := (g.Measured() + 1) / 2
	for i, count := range g.times {
		if rank -= int64(count); rank <= 0 {
			return middleOf(i)
		}
	}
	return 0
}

// middleOf returns the middle of the whole milliseconds in a cell.
func middleOf(index int) int64 {
	if index == 0 {
		return cells[0].upper
	}
	return (cells[index-1].upper + 1 + cells[index].upper) / 2
}

// TakeLatencies takes the latencies of other in place of g's own, if it has any.
func (g *Gain) TakeLatencies(other *Gain) {
	if other.Measured() > 0 {
		g.times = other.times
	}
}

// Add adds what came by other.
func (g *Gain) Add(other *Gain) {
	g.Attempts += other.Attempts
	g.Errors += other.Errors
	for i, count := range other.times {
		g.times[i] += count
	}
}

// HasServer reports whether attempts at a server have been counted under its name.
func (s *Shard) HasServer(name string) bool {
	number, known := s.servers.find(name)
	return known && s.serverAttempts[number] != nil
}

// TakeServer adds to gain what was counted of the attempts at a server since seen,
// and brings seen up to date; a nil gain takes nothing. Latencies are the header
// times: a failed connect has none, while nginx logs 0.000 as its response time.
func (s *Shard) TakeServer(name string, seen *Seen, gain *Gain) {
	number, known := s.servers.find(name)
	if !known || s.serverAttempts[number] == nil {
		return
	}
	row, was := s.serverAttempts[number], &seen.counted
	if row.count == was.Attempts {
		return
	}
	now := Gain{Attempts: row.count}
	for number, status := range s.statuses.list {
		if isServerError(status) {
			now.Errors += row.status[number]
		}
	}
	now.times = row.header.cells
	seen.advance(&now, gain)
}

// TakeRequests is TakeServer for all requests of a log, which one server has
// served; latencies are the request times.
func (s *Shard) TakeRequests(seen *Seen, gain *Gain) {
	var now Gain
	for _, row := range s.variantTraffic {
		if row == nil {
			continue
		}
		now.Attempts += row.requests()
		now.Errors += row.classes[classOf(500)]
		now.addCells(&row.latency)
	}
	seen.advance(&now, gain)
}

// TakeAttempts is TakeServer for the attempts at all servers together.
func (s *Shard) TakeAttempts(seen *Seen, gain *Gain) {
	var now Gain
	for _, row := range s.serverAttempts {
		if row == nil {
			continue
		}
		now.Attempts += row.count
		for number, status := range s.statuses.list {
			if isServerError(status) {
				now.Errors += row.status[number]
			}
		}
		now.addCells(&row.header)
	}
	seen.advance(&now, gain)
}

func isServerError(status int) bool { return status >= 500 && status <= 599 }

func (g *Gain) addCells(l *latency) {
	for i, count := range l.cells {
		g.times[i] += count
	}
}

// advance brings s up to now, and adds what that is more to gain.
func (s *Seen) advance(now, gain *Gain) {
	was := &s.counted
	if gain != nil {
		gain.Attempts += now.Attempts - was.Attempts
		gain.Errors += now.Errors - was.Errors
		for i := range gain.times {
			gain.times[i] += now.times[i] - was.times[i]
		}
	}
	*was = *now
}

// BytesRead returns how many bytes of logs have been counted.
func (s *Shard) BytesRead() int64 { return s.lines.Bytes }
