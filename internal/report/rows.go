package report

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/splitgauge/splitgauge/aggregator"
)

// rows is a snapshot put in order: what every writer writes from.
type rows struct {
	*aggregator.Snapshot // read only

	total   aggregator.Traffic // of all requests
	status  []count            // by code; those without one last
	methods []count            // by requests
	reasons []count            // by lines

	variants, hosts, paths []trafficRow // by requests
	upstreams              []serverRow  // by attempts

	step    int64             // seconds
	slots   []aggregator.Slot // by start
	outside int64             // requests outside the timeline
}

// count is how often something was seen; never zero.
type count struct {
	name string
	n    int64
}

// trafficRow is a group of requests by name.
type trafficRow struct {
	name string
	*aggregator.Traffic
}

// serverRow is an upstream server by name.
type serverRow struct {
	name string
	*aggregator.Server
}

// noTime is what Snapshot.First and Last are where no line had a time; it is
// the parser's, which is not ours to import.
const noTime = math.MinInt64

// hasTime reports whether any line had a time.
func (r *rows) hasTime() bool { return r.First != noTime && r.Last != noTime }

// pace returns how many requests there were in how many milliseconds. One
// stray clock would make the period decades, so where there are any it is what
// the timeline shows.
func (r *rows) pace() (requests, period int64) {
	if !r.hasTime() {
		return 0, 0
	}
	if r.outside == 0 || len(r.slots) == 0 {
		return r.total.Requests, r.Last - r.First
	}
	for _, slot := range r.slots {
		requests += slot.Requests
	}
	return requests, (r.slots[len(r.slots)-1].Start - r.slots[0].Start + r.step) * 1000
}

// newRows puts a snapshot in order.
func newRows(snapshot *aggregator.Snapshot) *rows {
	r := &rows{Snapshot: snapshot}

	// Without a known variant the one row stands for all requests; it counts
	// towards the total, but is no variant to report.
	variants := trafficRows(snapshot.Variants)
	r.total.Clients = aggregator.NewClients() // so that Merge cannot borrow a row's
	for _, v := range variants {
		r.total.Merge(v.Traffic)
	}
	if snapshot.HasVariants {
		r.variants = variants
	}

	status := map[int]int64{}
	methods := map[string]int64{}
	for key, n := range snapshot.Requests {
		status[key.Status] += n
		methods[key.Method.String()] += n
	}
	r.status = statusCounts(status)
	r.methods = counts(methods)
	r.reasons = counts(validNames(snapshot.Lines.Reasons))

	r.hosts = trafficRows(snapshot.Hosts)
	if len(r.hosts) == 1 && r.hosts[0].name == "" {
		r.hosts = nil // no log has a host
	}
	r.paths = trafficRows(snapshot.Paths)
	r.upstreams = serverRows(snapshot.Upstreams)
	r.step, r.slots, r.outside = snapshot.Timeline.View()
	return r
}

// byCount orders by count descending, then by name in byte order.
func byCount(n, m int64, name, other string) int {
	return cmp.Or(cmp.Compare(m, n), strings.Compare(name, other))
}

func trafficRows(traffic map[string]*aggregator.Traffic) []trafficRow {
	list := make([]trafficRow, 0, len(traffic))
	for name, t := range traffic {
		list = append(list, trafficRow{name, t})
	}
	slices.SortFunc(list, func(a, b trafficRow) int {
		return byCount(a.Requests, b.Requests, a.name, b.name)
	})
	return list
}

func serverRows(servers map[string]*aggregator.Server) []serverRow {
	list := make([]serverRow, 0, len(servers))
	for name, s := range servers {
		list = append(list, serverRow{name, s})
	}
	slices.SortFunc(list, func(a, b serverRow) int {
		return byCount(a.Attempts, b.Attempts, a.name, b.name)
	})
	return list
}

// counts lists what was seen, the most frequent first.
func counts(seen map[string]int64) []count {
	list := make([]count, 0, len(seen))
	for name, n := range seen {
		if n != 0 {
			list = append(list, count{name, n})
		}
	}
	slices.SortFunc(list, func(a, b count) int { return byCount(a.n, b.n, a.name, b.name) })
	return list
}

// statusCounts lists the statuses that were seen by code, then those past the
// bound, then none.
func statusCounts(seen map[int]int64) []count {
	codes := make([]int, 0, len(seen))
	for code, n := range seen {
		if n != 0 {
			codes = append(codes, code)
		}
	}
	slices.SortFunc(codes, func(a, b int) int {
		if (a < 0) != (b < 0) {
			return cmp.Compare(b, a)
		}
		return cmp.Compare(a, b)
	})
	list := make([]count, len(codes))
	for i, code := range codes {
		list[i] = count{statusName(code), seen[code]}
	}
	return list
}

// classCounts lists the status classes that were seen, requests without a
// status last.
func classCounts(classes *aggregator.StatusClasses) []count {
	var list []count
	for class, n := range classes {
		if n != 0 {
			list = append(list, count{className(class), n})
		}
	}
	return list
}

// validNames returns the counts with their names made valid UTF-8, which may
// make two names one: a JSON object must not name a member twice.
func validNames(seen map[string]int64) map[string]int64 {
	valid := make(map[string]int64, len(seen))
	for name, n := range seen {
		valid[strings.ToValidUTF8(name, "\uFFFD")] += n
	}
	return valid
}
