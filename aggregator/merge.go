package aggregator

import (
	"maps"
	"slices"
	"strings"

	"github.com/splitgauge/splitgauge/parser"
)

// Merge adds what other counted. Where a dimension has no room for all names
// of both, those of other with most requests get in first.
func (s *Snapshot) Merge(other *Snapshot) {
	s.Lines.merge(&other.Lines)
	if other.First != parser.NoTime && (s.First == parser.NoTime || other.First < s.First) {
		s.First = other.First
	}
	s.Last = max(s.Last, other.Last)
	s.HasVariants = s.HasVariants || other.HasVariants
	s.Overflow.merge(&other.Overflow)

	variants, overflow := mergeRows(s.Variants, other.Variants, MaxVariants)
	s.Overflow.Variant += overflow
	hosts, overflow := mergeRows(s.Hosts, other.Hosts, MaxHosts)
	s.Overflow.Host += overflow
	_, overflow = mergeRows(s.Paths, other.Paths, MaxPaths)
	s.Overflow.Path += overflow
	servers, overflow := mergeServers(s.Upstreams, other.Upstreams)
	s.Overflow.Upstream += overflow

	s.mergeRequests(other.Requests, variants, hosts)
	for key, n := range other.VariantAttempts {
		s.VariantAttempts[VariantServer{variants(key.Variant), servers(key.Server)}] += n
	}
	s.Retried += other.Retried
	s.Redirected += other.Redirected
	s.NoUpstream += other.NoUpstream
	s.NoLiveUpstream += other.NoLiveUpstream
	s.Timeline.Merge(&other.Timeline)
	mergeAssignments(s.Assignments, other.Assignments)
}

func (l *Lines) merge(other *Lines) {
	l.Parsed += other.Parsed
	l.Partial += other.Partial
	l.Unparsed += other.Unparsed
	l.Bytes += other.Bytes
	l.NULBytes += other.NULBytes
	for reason, n := range other.Reasons {
		l.Reasons[reason] += n
	}
}

func (o *Overflow) merge(other *Overflow) {
	o.Variant += other.Variant
	o.Upstream += other.Upstream
	o.Method += other.Method
	o.Status += other.Status
	o.Host += other.Host
	o.Path += other.Path
}

// rename maps a name of the other snapshot to the one it counts under here.
type rename func(name string) string

// admit returns which name each of more counts under, given those that are
// there already and the limit: heaviest first, then in byte order.
func admit[T any](there, more map[string]T, limit int, weight func(T) int64) rename {
	named := len(there)
	if _, ok := there[Other]; ok {
		named--
	}
	refused := make(map[string]bool)
	byWeight := slices.SortedFunc(maps.Keys(more), func(a, b string) int {
		if d := weight(more[b]) - weight(more[a]); d != 0 {
			return int(max(-1, min(1, d)))
		}
		return strings.Compare(a, b)
	})
	for _, name := range byWeight {
		if _, ok := there[name]; ok || name == Other {
			continue
		}
		if named == limit {
			refused[name] = true
			continue
		}
		named++
	}
	return func(name string) string {
		if refused[name] {
			return Other
		}
		return name
	}
}

// mergeRows adds the rows of more to those there, and returns how names were
// mapped and how many requests lost theirs.
func mergeRows(there, more map[string]*Traffic, limit int) (names rename, overflow int64) {
	names = admit(there, more, limit, func(t *Traffic) int64 { return t.Requests })
	for name, traffic := range more {
		if names(name) != name {
			overflow += traffic.Requests
		}
		mergeRow(there, names(name), traffic)
	}
	return names, overflow
}

// mergeRow adds more to the row of key, without keeping it.
func mergeRow[K comparable](rows map[K]*Traffic, key K, more *Traffic) {
	row, ok := rows[key]
	if !ok {
		row = &Traffic{}
		rows[key] = row
	}
	row.Merge(more)
}

func mergeServers(there, more map[string]*Server) (names rename, overflow int64) {
	names = admit(there, more, MaxServers, func(s *Server) int64 { return s.Attempts })
	for name, server := range more {
		if names(name) != name {
			overflow += server.Attempts
		}
		row, ok := there[names(name)]
		if !ok {
			row = &Server{Status: make(map[int]int64)}
			there[names(name)] = row
		}
		row.Merge(server)
	}
	return names, overflow
}

// mergeRequests adds the request counts under the names that the rows got.
func (s *Snapshot) mergeRequests(more map[RequestKey]int64, variants, hosts rename) {
	known := make(map[int]bool)
	for key := range s.Requests {
		known[key.Status] = true
	}
	delete(known, OtherStatus)
	byKey := slices.SortedFunc(maps.Keys(more), func(a, b RequestKey) int { return a.Status - b.Status })
	for _, key := range byKey {
		n := more[key]
		key.Variant, key.Host = variants(key.Variant), hosts(key.Host)
		switch {
		case key.Status == OtherStatus || known[key.Status]:
		case len(known) < MaxStatuses:
			known[key.Status] = true
		default:
			key.Status = OtherStatus
			s.Overflow.Status += n
		}
		s.Requests[key] += n
	}
}
