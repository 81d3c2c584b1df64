package aggregator

import (
	"maps"
	"math"
	"slices"

	"github.com/splitgauge/splitgauge/parser"
)

// Restore makes an empty shard go on from a snapshot: what the shard counts from
// now on, it counts on top, and names keep the slots that they had. Names that
// the shard's Config declares come first; where there is no room for all, the
// last in byte order count as Other. It keeps nothing of the snapshot.
func (s *Shard) Restore(snapshot *Snapshot) {
	s.lines = snapshot.Lines
	s.lines.Reasons = maps.Clone(snapshot.Lines.Reasons)
	if snapshot.First != parser.NoTime {
		s.first, s.last = snapshot.First, snapshot.Last
	}
	s.hasVariants = snapshot.HasVariants
	s.retried, s.redirected = snapshot.Retried, snapshot.Redirected
	s.noUpstream, s.noLiveUpstream = snapshot.NoUpstream, snapshot.NoLiveUpstream
	s.overflow = snapshot.Overflow
	mergeAssignments(s.assignments, snapshot.Assignments)
	s.restoreRows(snapshot)
	s.restoreRequests(snapshot)
	s.restoreServers(snapshot)
	s.timeline = timeline{step: snapshot.Timeline.Step, slots: make(map[int64]*traffic), outside: snapshot.Timeline.Outside}
	for start, slot := range snapshot.Timeline.Slots {
		s.timeline.slots[start] = newTraffic()
		s.timeline.slots[start].restore(slot)
	}
}

// restored returns the number of a name of a snapshot.
func (n *names) restored(name string) int {
	if name == Other {
		return n.limit
	}
	return n.number([]byte(name))
}

func (s *Shard) restoreRows(snapshot *Snapshot) {
	for _, name := range slices.Sorted(maps.Keys(snapshot.Variants)) {
		row := s.variantRow(s.variants.restored(name))
		row.restore(snapshot.Variants[name])
		if clients := snapshot.Variants[name].Clients; clients != nil {
			row.clients.Merge(clients)
		}
		if windows := snapshot.Windows[name]; windows != nil && s.config.Windows {
			if row.windows == nil {
				row.windows = new(Windows)
			}
			row.windows.Merge(windows)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(snapshot.Hosts)) {
		number := s.hosts.restored(name)
		if s.hostTraffic[number] == nil {
			s.hostTraffic[number] = newTraffic()
		}
		s.hostTraffic[number].restore(snapshot.Hosts[name])
	}
	for _, name := range slices.Sorted(maps.Keys(snapshot.Paths)) {
		number := s.paths.restored(name)
		if number >= len(s.pathTraffic) {
			s.growPaths(number)
		}
		if s.pathTraffic[number] == nil {
			s.pathTraffic[number] = newTraffic()
		}
		s.pathTraffic[number].restore(snapshot.Paths[name])
	}
}

func (s *Shard) restoreRequests(snapshot *Snapshot) {
	keys := slices.SortedFunc(maps.Keys(snapshot.Requests), compareRequestKeys)
	for _, key := range keys {
		host := 0
		if s.config.Hosts {
			host = s.hosts.restored(key.Host)
		}
		s.requests.addMany(requestKey(host, s.variants.restored(key.Variant), key.Method, s.statuses.restored(key.Status)), snapshot.Requests[key])
	}
}

// restored returns the number of a status of a snapshot.
func (s *statuses) restored(status int) int {
	if status == OtherStatus {
		return MaxStatuses
	}
	return s.number(status)
}

func (s *Shard) restoreServers(snapshot *Snapshot) {
	for _, name := range slices.Sorted(maps.Keys(snapshot.Upstreams)) {
		number, server := s.servers.restored(name), snapshot.Upstreams[name]
		row := s.serverAttempts[number]
		if row == nil {
			row = newAttempts()
			s.serverAttempts[number] = row
		}
		row.count += server.Attempts
		for _, status := range slices.Sorted(maps.Keys(server.Status)) {
			row.status[s.statuses.restored(status)] += server.Status[status]
		}
		row.connect.restore(&server.ConnectTime)
		row.header.restore(&server.HeaderTime)
		row.response.restore(&server.ResponseTime)
	}
	for key, n := range snapshot.VariantAttempts {
		s.variantAttempts.addMany(attemptKey(s.variants.restored(key.Variant), s.servers.restored(key.Server)), n)
	}
}

// restore adds what a snapshot has of a group of requests.
func (t *traffic) restore(from *Traffic) {
	t.classes.merge(&from.Classes)
	t.bytesSent += from.BytesSent
	t.latency.restore(&from.RequestTime)
}

// restore adds the latencies of a histogram.
func (l *latency) restore(from *Histogram) {
	if len(from.Buckets) == 0 {
		return
	}
	l.sum += from.Sum
	l.min, l.max = min(l.min, from.Min), max(l.max, from.Max)
	for _, b := range from.Buckets {
		count := int64(l.cells[b.Cell]) + b.Count
		l.cells[b.Cell] = uint32(count)
		if over := count &^ math.MaxUint32; over > 0 {
			if l.carry == nil {
				l.carry = make(map[int]int64)
			}
			l.carry[b.Cell] += over
		}
	}
}
