package aggregator

import (
	"maps"
	"math"
)

// Snapshot returns what the shard has counted so far. It shares nothing with
// the shard.
func (s *Shard) Snapshot() *Snapshot {
	snapshot := NewSnapshot()
	snapshot.Lines = s.lines
	snapshot.Lines.Reasons = maps.Clone(s.lines.Reasons)
	if s.first != math.MaxInt64 {
		snapshot.First, snapshot.Last = s.first, s.last
	}
	snapshot.HasVariants = s.hasVariants
	snapshot.Retried, snapshot.Redirected = s.retried, s.redirected
	snapshot.NoUpstream, snapshot.NoLiveUpstream = s.noUpstream, s.noLiveUpstream
	snapshot.Timeline = s.timeline.snapshot()
	mergeAssignments(snapshot.Assignments, s.assignments)
	snapshot.Experiments = s.snapshotExperiments()
	snapshot.Overflow = s.overflow
	s.snapshotTraffic(snapshot)
	s.snapshotRequests(snapshot)
	s.snapshotServers(snapshot)
	return snapshot
}

func (s *Shard) snapshotTraffic(snapshot *Snapshot) {
	for number, row := range s.variantTraffic {
		if row != nil {
			traffic := row.snapshot()
			traffic.Clients = row.clients.Clone()
			mergeRow(snapshot.Variants, s.variants.name(number), traffic)
			if row.windows != nil {
				mergeWindows(snapshot.Windows, s.variants.name(number), row.windows.settled())
			}
		}
	}
	for number, row := range s.hostTraffic {
		if row != nil {
			mergeRow(snapshot.Hosts, s.hosts.name(number), row.snapshot())
		}
	}
	for number, row := range s.pathTraffic {
		if row != nil {
			mergeRow(snapshot.Paths, s.paths.name(number), row.snapshot())
		}
	}
}

func (s *Shard) snapshotRequests(snapshot *Snapshot) {
	s.requests.each(func(key uint32, count int64) {
		host, variant, method, status := splitRequestKey(key)
		named := RequestKey{Variant: s.variants.name(variant), Method: method, Status: s.statuses.status(status)}
		if s.config.Hosts {
			named.Host = s.hosts.name(host)
		}
		snapshot.Requests[named] += count
	})
}

func (s *Shard) snapshotServers(snapshot *Snapshot) {
	for number, row := range s.serverAttempts {
		if row == nil {
			continue
		}
		server := &Server{
			Attempts:     row.count,
			Status:       make(map[int]int64),
			ConnectTime:  row.connect.histogram(),
			HeaderTime:   row.header.histogram(),
			ResponseTime: row.response.histogram(),
		}
		for status, n := range row.status {
			if n > 0 {
				server.Status[s.statuses.status(status)] += n
			}
		}
		name := s.servers.name(number)
		if there, ok := snapshot.Upstreams[name]; ok { // a server that is named Other
			there.Merge(server)
			continue
		}
		snapshot.Upstreams[name] = server
	}
	s.variantAttempts.each(func(key uint32, count int64) {
		variant, server := splitAttemptKey(key)
		snapshot.VariantAttempts[VariantServer{s.variants.name(variant), s.servers.name(server)}] += count
	})
}
