package aggregator

import "github.com/splitgauge/splitgauge/parser"

// Snapshot is the merge of shards: plain data by name.
type Snapshot struct {
	Lines Lines

	// First and Last are the smallest and the largest event time, Unix
	// milliseconds, or parser.NoTime.
	First, Last int64

	// Requests counts requests by everything that is a label.
	Requests map[RequestKey]int64

	// Variants by name. HasVariants is false where no line had one: the one
	// row, "", then stands for all requests.
	Variants    map[string]*Traffic
	HasVariants bool

	Hosts     map[string]*Traffic // empty unless asked for
	Paths     map[string]*Traffic // by path template; empty unless asked for
	Upstreams map[string]*Server  // by server

	// VariantAttempts counts attempts by variant and server.
	VariantAttempts map[VariantServer]int64

	Retried, Redirected, NoUpstream, NoLiveUpstream int64 // requests, as in parser.Upstream

	Timeline Timeline

	// Assignments is what checking the logged variants against the splits
	// found, by experiment: the variable that a split sets.
	Assignments map[string]*Assignment

	// Windows are the distinct clients in windows of time, by variant; empty
	// unless asked for.
	Windows map[string]*Windows

	// Experiments by the variable that the split sets; empty unless declared.
	Experiments map[string]*Experiment

	Overflow Overflow
}

// The bounds of the dimensions: how many names each holds besides Other.
const (
	MaxVariants = 32
	MaxServers  = 256
	MaxStatuses = 64
	MaxHosts    = 256
	MaxPaths    = 10_000
)

// maxRequestKeys is how many combinations of host, variant, method and status
// have a count of their own. It is far above what there is without hosts; clients
// that choose their host could make it millions with them. Past it, new ones
// count under the host Other, though the host has its row.
const maxRequestKeys = 1 << 16

// Other stands for all the names past a bound.
const Other = "other"

// OtherStatus stands for all the statuses past the bound.
const OtherStatus = 1000

// Lines counts the lines that were read.
type Lines struct {
	Parsed, Partial, Unparsed int64
	Bytes                     int64            // uncompressed
	NULBytes                  int64            // of them dropped: holes, not lines
	Reasons                   map[string]int64 // of the partial and the unparsed
}

// Total returns how many lines were read.
func (l *Lines) Total() int64 { return l.Parsed + l.Partial + l.Unparsed }

// RequestKey is what requests are counted by.
type RequestKey struct {
	Host    string // empty unless hosts were asked for; Other where there are too many keys
	Variant string
	Method  parser.Method
	Status  int // 0 to 999, parser.Absent or OtherStatus
}

// VariantServer is a variant and a server that its requests were passed to.
type VariantServer struct{ Variant, Server string }

// Server is what is told of an upstream server, by attempts.
type Server struct {
	Attempts                              int64
	Status                                map[int]int64 // by 0 to 999, parser.Absent or OtherStatus
	ConnectTime, HeaderTime, ResponseTime Histogram
}

// Merge adds the attempts of other.
func (s *Server) Merge(other *Server) {
	s.merge(other, func(status int) int { return status })
}

// merge adds the attempts of other, whose statuses count under what they are
// renamed to.
func (s *Server) merge(other *Server, statuses func(status int) int) {
	s.Attempts += other.Attempts
	for status, n := range other.Status {
		s.Status[statuses(status)] += n
	}
	s.ConnectTime.Merge(&other.ConnectTime)
	s.HeaderTime.Merge(&other.HeaderTime)
	s.ResponseTime.Merge(&other.ResponseTime)
}

// Overflow counts what went to Other for want of room: requests, and for
// Upstream attempts. Method counts the requests whose method has no name of
// its own here, which is a fixed set.
type Overflow struct {
	Variant, Upstream, Method, Status, Host, Path int64
}

// NewSnapshot returns a snapshot of nothing.
func NewSnapshot() *Snapshot {
	return &Snapshot{
		Lines:           Lines{Reasons: make(map[string]int64)},
		First:           parser.NoTime,
		Last:            parser.NoTime,
		Requests:        make(map[RequestKey]int64),
		Variants:        make(map[string]*Traffic),
		Hosts:           make(map[string]*Traffic),
		Paths:           make(map[string]*Traffic),
		Upstreams:       make(map[string]*Server),
		VariantAttempts: make(map[VariantServer]int64),
		Assignments:     make(map[string]*Assignment),
		Windows:         make(map[string]*Windows),
		Experiments:     make(map[string]*Experiment),
		Timeline:        Timeline{Step: steps[0], Slots: make(map[int64]*Traffic)},
	}
}
