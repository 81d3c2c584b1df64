package aggregator

import "github.com/splitgauge/splitgauge/parser"

// Snapshot is the merge of shards: plain data by name, mergeable exactly and
// in any order, with a versioned binary form.
type Snapshot struct {
	Lines Lines

	// First and Last are the smallest and largest event time, Unix
	// milliseconds, or parser.NoTime.
	First, Last int64

	// Requests counts requests by everything that is a label. Host is empty
	// unless hosts were asked for.
	Requests map[RequestKey]int64

	// Variants by name. HasVariants is false where no variant could be told:
	// the one row, "", then stands for all requests.
	Variants    map[string]*Traffic
	HasVariants bool

	Hosts     map[string]*Traffic // empty unless asked for
	Paths     map[string]*Traffic // by path template; empty unless asked for
	Upstreams map[string]*Server

	// VariantAttempts counts attempts by variant and server.
	VariantAttempts map[VariantServer]int64

	Retried, Redirected, NoUpstream, NoLiveUpstream int64 // requests

	Timeline Timeline

	Overflow Overflow
}

// Other is the name that stands for all values past a dimension's bound.
const Other = "other"

// Lines counts input lines, before any filter.
type Lines struct {
	Parsed, Partial, Unparsed int64
	Bytes                     int64 // uncompressed bytes read
	NULBytes                  int64 // of them dropped as holes
	Reasons                   map[string]int64
}

// Total returns the number of lines read.
func (l *Lines) Total() int64 { return l.Parsed + l.Partial + l.Unparsed }

// RequestKey is what requests are counted by.
type RequestKey struct {
	Host, Variant string
	Method        parser.Method
	Status        int // 0 to 999, parser.Absent, or OtherStatus
}

// OtherStatus stands for the statuses past the bound.
const OtherStatus = 1000

// VariantServer is a variant and a server that its requests were passed to.
type VariantServer struct{ Variant, Server string }

// Traffic is what is told of any group of requests.
type Traffic struct {
	Requests    int64
	Classes     StatusClasses
	BytesSent   int64
	RequestTime Histogram
	Clients     *Clients // distinct client addresses; nil where not counted (hosts, paths, timeline)
}

// StatusClasses counts requests by status class: index 0 to 9 for 0xx to 9xx,
// NoStatusClass for requests without a status.
type StatusClasses [11]int64

// NoStatusClass is the index for requests without a status.
const NoStatusClass = 10

// Server is what is told of one upstream server, by attempts.
type Server struct {
	Attempts                              int64
	Status                                map[int]int64 // 0 to 999, parser.Absent, OtherStatus
	ResponseTime, ConnectTime, HeaderTime Histogram
}

// Timeline is requests over time in slots of one step. Slots start at
// multiples of Step since the Unix epoch.
type Timeline struct {
	Step  int64 // seconds
	Slots map[int64]*Traffic // by start, Unix seconds
}

// Overflow counts what went to Other because a dimension was full: requests,
// and for Upstream attempts.
type Overflow struct {
	Variant, Upstream, Method, Status, Host, Path int64
}
