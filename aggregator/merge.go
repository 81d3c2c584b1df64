package aggregator

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/splitgauge/splitgauge/parser"
)

// Merge adds what other counted. Where a dimension has no room for all names
// of both, those of other with most requests get in first.
func (s *Snapshot) Merge(other *Snapshot) {
	to := renames{
		variants: admit(s.Variants, other.Variants, MaxVariants, requestsOf),
		hosts:    admit(s.Hosts, other.Hosts, MaxHosts, requestsOf),
		paths:    admit(s.Paths, other.Paths, MaxPaths, requestsOf),
		servers:  admit(s.Upstreams, other.Upstreams, MaxServers, attemptsOf),
		statuses: admitStatuses(s, other),
	}
	s.add(other, to)
}

func requestsOf(t *Traffic) int64 { return t.Requests }
func attemptsOf(s *Server) int64  { return s.Attempts }

// renames map the names of another snapshot to those that they count under here.
type renames struct {
	variants, hosts, paths, servers rename
	statuses                        func(status int) int
}

// add adds what other counted, under the names that it is to have.
func (s *Snapshot) add(other *Snapshot, to renames) {
	s.Lines.merge(&other.Lines)
	if other.First != parser.NoTime && (s.First == parser.NoTime || other.First < s.First) {
		s.First = other.First
	}
	s.Last = max(s.Last, other.Last)
	s.HasVariants = s.HasVariants || other.HasVariants
	s.Overflow.merge(&other.Overflow)
	s.Overflow.Variant += mergeRows(s.Variants, other.Variants, to.variants)
	s.Overflow.Host += mergeRows(s.Hosts, other.Hosts, to.hosts)
	s.Overflow.Path += mergeRows(s.Paths, other.Paths, to.paths)
	s.Overflow.Upstream += mergeServers(s.Upstreams, other.Upstreams, to)
	s.addRequests(other.Requests, to)
	for key, n := range other.VariantAttempts {
		s.VariantAttempts[VariantServer{to.variants(key.Variant), to.servers(key.Server)}] += n
	}
	s.Retried += other.Retried
	s.Redirected += other.Redirected
	s.NoUpstream += other.NoUpstream
	s.NoLiveUpstream += other.NoLiveUpstream
	s.Timeline.Merge(&other.Timeline)
	mergeAssignments(s.Assignments, other.Assignments)
	mergeExperiments(s.Experiments, other.Experiments)
	for variant, windows := range other.Windows {
		mergeWindows(s.Windows, to.variants(variant), windows)
	}
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
	fresh := make(map[string]int64)
	for name, row := range more {
		if _, ok := there[name]; !ok && name != Other {
			fresh[name] = weight(row)
		}
	}
	refused := make(map[string]bool)
	if room := limit - named; len(fresh) > room {
		for _, name := range heaviestFirst(fresh)[max(0, room):] {
			refused[name] = true
		}
	}
	return func(name string) string {
		if refused[name] {
			return Other
		}
		return name
	}
}

// heaviestFirst returns names by descending weight, equal ones in byte order.
func heaviestFirst(weights map[string]int64) []string {
	return slices.SortedFunc(maps.Keys(weights), func(a, b string) int {
		return cmp.Or(cmp.Compare(weights[b], weights[a]), strings.Compare(a, b))
	})
}

// mergeRows adds the rows of more to those there, and returns how many requests
// lost their name.
func mergeRows(there, more map[string]*Traffic, names rename) (overflow int64) {
	for name, traffic := range more {
		if names(name) != name {
			overflow += traffic.Requests
		}
		mergeRow(there, names(name), traffic)
	}
	return overflow
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

func mergeServers(there, more map[string]*Server, to renames) (overflow int64) {
	for name, server := range more {
		if to.servers(name) != name {
			overflow += server.Attempts
		}
		row, ok := there[to.servers(name)]
		if !ok {
			row = &Server{Status: make(map[int]int64)}
			there[to.servers(name)] = row
		}
		row.merge(server, to.statuses)
	}
	return overflow
}

// addRequests adds the request counts under the names that the rows got.
func (s *Snapshot) addRequests(more map[RequestKey]int64, to renames) {
	add := func(key RequestKey, n int64) {
		status := to.statuses(key.Status)
		if status != key.Status {
			s.Overflow.Status += n
		}
		key = RequestKey{Host: to.hosts(key.Host), Variant: to.variants(key.Variant), Method: key.Method, Status: status}
		if _, ok := s.Requests[key]; !ok && len(s.Requests) >= maxRequestKeys {
			key.Host = Other
		}
		s.Requests[key] += n
	}
	if len(s.Requests)+len(more) <= maxRequestKeys {
		for key, n := range more {
			add(key, n)
		}
		return
	}
	for _, key := range slices.SortedFunc(maps.Keys(more), compareRequestKeys) { // not all have room
		add(key, more[key])
	}
}

// admitStatuses returns which status each of other counts under, given those
// that are there already.
func admitStatuses(there, other *Snapshot) func(status int) int {
	known := make(map[int]bool)
	for _, s := range []*Snapshot{there, other} {
		for _, status := range statusesOf(s) {
			if len(known) < MaxStatuses {
				known[status] = true
			}
		}
	}
	return func(status int) int {
		if known[status] {
			return status
		}
		return OtherStatus
	}
}

// statusesOf returns the statuses of requests and then those that only attempts
// have, each ascending, without OtherStatus.
func statusesOf(s *Snapshot) []int {
	seen := map[int]bool{OtherStatus: true}
	var list []int
	note := func(status int) {
		if !seen[status] {
			seen[status] = true
			list = append(list, status)
		}
	}
	for key := range s.Requests {
		note(key.Status)
	}
	slices.Sort(list)
	ofRequests := len(list)
	for _, server := range s.Upstreams {
		for status := range server.Status {
			note(status)
		}
	}
	slices.Sort(list[ofRequests:])
	return list
}
