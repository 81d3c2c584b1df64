package aggregator

import "github.com/splitgauge/splitgauge/parser"

// Traffic is what is told of any group of requests.
type Traffic struct {
	Requests    int64
	Classes     StatusClasses
	BytesSent   int64
	RequestTime Histogram // without those of status 101, which last as long as the connection
	Clients     *Clients  // nil where they are not counted: hosts, paths, timeline
}

// Merge adds the requests of other.
func (t *Traffic) Merge(other *Traffic) {
	t.Requests += other.Requests
	t.Classes.merge(&other.Classes)
	t.BytesSent += other.BytesSent
	t.RequestTime.Merge(&other.RequestTime)
	if other.Clients != nil {
		if t.Clients == nil {
			t.Clients = other.Clients.Clone()
		} else {
			t.Clients.Merge(other.Clients)
		}
	}
}

// StatusClasses counts requests by status class: index 0 to 9 for 0xx to 9xx,
// NoStatusClass for requests without a status.
type StatusClasses [11]int64

// NoStatusClass is the index for requests without a status.
const NoStatusClass = 10

func (c *StatusClasses) merge(other *StatusClasses) {
	for i, n := range other {
		c[i] += n
	}
}

func classOf(status int) int {
	if status < 0 {
		return NoStatusClass
	}
	return status / 100
}

// traffic is a shard's side of Traffic. How many requests there were is the
// sum over the classes.
type traffic struct {
	classes   StatusClasses
	bytesSent int64
	latency
}

func newTraffic() *traffic { return &traffic{latency: newLatency()} }

// observation is the part of an entry that every group of requests counts.
type observation struct {
	class     int
	bytesSent int64 // 0 where absent
	latency   int64 // negative where absent
}

func observe(e *parser.Entry) observation {
	o := observation{classOf(e.Status), max(0, e.BytesSent), e.RequestTime}
	if e.Status == 101 {
		o.latency = parser.Absent
	}
	return o
}

func (t *traffic) add(o observation) {
	t.classes[o.class]++
	t.bytesSent += o.bytesSent
	t.latency.add(o.latency)
}

func (t *traffic) merge(other *traffic) {
	t.classes.merge(&other.classes)
	t.bytesSent += other.bytesSent
	t.latency.merge(&other.latency)
}

func (t *traffic) requests() (n int64) {
	for _, count := range t.classes {
		n += count
	}
	return n
}

// snapshot returns what was counted.
func (t *traffic) snapshot() *Traffic {
	return &Traffic{Requests: t.requests(), Classes: t.classes, BytesSent: t.bytesSent, RequestTime: t.histogram()}
}
