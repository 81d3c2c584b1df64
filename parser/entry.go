package parser

import "math"

// Absent marks a number that the line does not have.
const Absent = -1

// NoTime marks an entry without an event time.
const NoTime = math.MinInt64

// Entry is one request as nginx logged it. Parse refills it for every line.
//
// Byte fields alias the line and are valid until the next Parse or until the
// line's batch is released, whichever comes first. They are still escaped as
// they were written: AppendUnescaped undoes that where a value is used.
type Entry struct {
	Escape Escape // how the byte fields are escaped

	Time        int64  // event time, Unix milliseconds, or NoTime
	Status      int    // 0 to 999, or Absent; 000 and 009 are real
	Method      Method // of the request line
	HasRequest  bool   // the line has a field for the request line, its method or its target
	Target      []byte // request target; nil where the request line is unreadable or absent
	RemoteAddr  []byte // client address; nil when absent
	Host        []byte // nil when absent
	BytesSent   int64  // $body_bytes_sent, else $bytes_sent, or Absent
	RequestTime int64  // milliseconds, or Absent

	// Variant is meaningful where HasVariant; empty is a variant too.
	Variant       []byte
	HasVariant    bool
	VariantEscape Escape // how Variant is escaped; not at all where it was computed

	// Values holds the variables asked for with Options.Values, in that order;
	// nil where absent.
	Values [][]byte

	Upstream
}

// Upstream is what a line says about the servers a request was passed to.
type Upstream struct {
	// Attempts in the order they were made. The slice is reused by the next
	// Parse.
	Attempts []Attempt

	CacheStatus []byte // of the response, as logged; nil when absent

	Retried        bool // some server group has two or more attempts
	Redirected     bool // more than one server group: an internal redirect
	NoUpstream     bool // the format has upstream fields and they are absent
	NoLiveUpstream bool // a group in which no server could be picked
}

// Attempt is one try at one server.
type Attempt struct {
	Server       []byte // IP:port, [IPv6]:port, name:port or unix:path, as logged; or see Options.UpstreamName
	Status       int    // or Absent
	ConnectTime  int64  // milliseconds, or Absent
	HeaderTime   int64  // milliseconds, or Absent
	ResponseTime int64  // milliseconds, or Absent
}
