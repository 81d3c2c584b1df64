package aggregator

import "maps"

// Summary is Snapshot without what only a report shows: paths, hosts, the
// timeline, experiments, and how many distinct clients a variant had in all. It costs little
// enough for every scrape. Requests are not told apart by host.
func (s *Shard) Summary() *Snapshot {
	summary := NewSnapshot()
	summary.Lines = s.lines
	summary.Lines.Reasons = maps.Clone(s.lines.Reasons)
	summary.HasVariants = s.hasVariants
	summary.Retried, summary.Redirected = s.retried, s.redirected
	summary.NoUpstream, summary.NoLiveUpstream = s.noUpstream, s.noLiveUpstream
	summary.Overflow = s.overflow
	mergeAssignments(summary.Assignments, s.assignments)
	for number, row := range s.variantTraffic {
		if row == nil {
			continue
		}
		mergeRow(summary.Variants, s.variants.name(number), row.snapshot())
		if row.windows != nil {
			mergeWindows(summary.Windows, s.variants.name(number), row.windows.settled())
		}
	}
	s.requests.each(func(key uint32, count int64) {
		_, variant, method, status := splitRequestKey(key)
		summary.Requests[RequestKey{Variant: s.variants.name(variant), Method: method, Status: s.statuses.status(status)}] += count
	})
	s.snapshotServers(summary)
	return summary
}
