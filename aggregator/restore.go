package aggregator

import (
	"maps"
	"math"
	"slices"

	"github.com/splitgauge/splitgauge/parser"
)

// Restore makes an empty shard go on from a snapshot: what the shard counts from
// now on, it counts on top, and names keep the slots that they had. It keeps
// nothing of the snapshot.
//
// Names that the shard's Config declares come first; where there is no room for
// all, those with most requests (servers: attempts) get in first, equal ones in
// byte order, and the rest counts as Other and in Overflow. Hosts, windows and
// experiments of a snapshot are left out where the shard's Config does not count
// them.
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
	s.timeline.restore(&snapshot.Timeline)

	variants, lost := restoreNames(s.variants, snapshot.Variants, snapshot.Overflow.Variant, requestsOf)
	s.overflow.Variant += lost
	servers, lost := restoreNames(s.servers, snapshot.Upstreams, snapshot.Overflow.Upstream, attemptsOf)
	s.overflow.Upstream += lost
	s.restoreVariants(snapshot, variants)
	hosts := s.restoreHosts(snapshot)
	s.restorePaths(snapshot)
	s.restoreRequests(snapshot, variants, hosts)
	s.restoreServers(snapshot, variants, servers)
	s.restoreExperiments(snapshot.Experiments)
}

// numbers are those of the names of a snapshot.
type numbers struct {
	byName map[string]int
	other  int // the number of all other names
}

func (n numbers) of(name string) int {
	if number, ok := n.byName[name]; ok {
		return number
	}
	return n.other
}

// restoreNames gives numbers to the names of rows, as far as there is room, and
// returns them and the weight of those that got none. Overflow is how much of
// the row Other is of names that had none already: a name that is really "other"
// has the rest, and a slot.
func restoreNames[T any](n *names, rows map[string]T, overflow int64, weight func(T) int64) (_ numbers, lost int64) {
	weights := make(map[string]int64, len(rows))
	for name, row := range rows {
		weights[name] = weight(row)
	}
	if weights[Other] -= overflow; weights[Other] <= 0 {
		delete(weights, Other)
	}
	to := numbers{make(map[string]int, len(rows)), n.limit}
	for _, name := range heaviestFirst(weights) {
		number := n.number([]byte(name))
		if number == n.limit {
			lost += weights[name]
		}
		to.byName[name] = number
	}
	delete(to.byName, Other) // its row has both in one
	return to, lost
}

func (s *Shard) restoreVariants(snapshot *Snapshot, variants numbers) {
	for name, from := range snapshot.Variants {
		row := s.variantRow(variants.of(name))
		row.restore(from)
		if from.Clients != nil {
			row.clients.Merge(from.Clients)
		}
	}
	if !s.config.Windows {
		return
	}
	for name, windows := range snapshot.Windows {
		row := s.variantRow(variants.of(name))
		if row.windows == nil {
			row.windows = new(shardWindows)
		}
		row.windows.restore(windows)
	}
}

func (s *Shard) restoreHosts(snapshot *Snapshot) numbers {
	if !s.config.Hosts {
		return numbers{}
	}
	hosts, lost := restoreNames(s.hosts, snapshot.Hosts, snapshot.Overflow.Host, requestsOf)
	s.overflow.Host += lost
	for name, from := range snapshot.Hosts {
		number := hosts.of(name)
		if s.hostTraffic[number] == nil {
			s.hostTraffic[number] = newTraffic()
		}
		s.hostTraffic[number].restore(from)
	}
	for key := range snapshot.Requests {
		if _, ok := hosts.byName[key.Host]; !ok && key.Host == "" { // of when hosts were not counted
			hosts.byName[""] = s.hosts.number(nil)
		}
	}
	return hosts
}

func (s *Shard) restorePaths(snapshot *Snapshot) {
	paths, lost := restoreNames(s.paths, snapshot.Paths, snapshot.Overflow.Path, requestsOf)
	s.overflow.Path += lost
	for name, from := range snapshot.Paths {
		number := paths.of(name)
		if number >= len(s.pathTraffic) {
			s.growPaths(number)
		}
		if s.pathTraffic[number] == nil {
			s.pathTraffic[number] = newTraffic()
		}
		s.pathTraffic[number].restore(from)
	}
}

func (s *Shard) restoreRequests(snapshot *Snapshot, variants, hosts numbers) {
	for _, status := range statusesOf(snapshot) {
		s.statuses.number(status) // in an order of their own, if there are too many
	}
	for _, key := range slices.SortedFunc(maps.Keys(snapshot.Requests), compareRequestKeys) {
		n, status := snapshot.Requests[key], s.statuses.restored(key.Status)
		if status == MaxStatuses && key.Status != OtherStatus {
			s.overflow.Status += n
		}
		s.requests.addMany(s.requestKey(hosts.of(key.Host), variants.of(key.Variant), key.Method, status), n)
	}
}

// restored returns the number of a status of a snapshot.
func (s *statuses) restored(status int) int {
	if status == OtherStatus {
		return MaxStatuses
	}
	return s.number(status)
}

func (s *Shard) restoreServers(snapshot *Snapshot, variants, servers numbers) {
	for name, server := range snapshot.Upstreams {
		number := servers.of(name)
		row := s.serverAttempts[number]
		if row == nil {
			row = newAttempts()
			s.serverAttempts[number] = row
		}
		row.count += server.Attempts
		for status, n := range server.Status {
			row.status[s.statuses.restored(status)] += n
		}
		row.connect.restore(&server.ConnectTime)
		row.header.restore(&server.HeaderTime)
		row.response.restore(&server.ResponseTime)
	}
	for key, n := range snapshot.VariantAttempts {
		s.variantAttempts.addMany(attemptKey(variants.of(key.Variant), servers.of(key.Server)), n)
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
