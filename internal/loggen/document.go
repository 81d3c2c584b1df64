package loggen

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Document is the part of "replay -o json" that can be known: all but the
// experiments. Its members have the names, the order and the meaning that the
// design gives them. Clients are exact, where the report has an estimate.
type Document struct {
	Schema         string     `json:"schema"`
	Lines          Lines      `json:"lines"`
	Time           *TimeRange `json:"time"` // nil: no request
	Requests       Requests   `json:"requests"`
	Clients        int64      `json:"clients"`
	Variants       []Variant  `json:"variants"`
	Hosts          []Host     `json:"hosts"`
	Upstreams      []Upstream `json:"upstreams"`
	Retried        int64      `json:"retried_requests"`
	Redirected     int64      `json:"redirected_requests"`
	NoUpstream     int64      `json:"no_upstream_requests"`
	NoLiveUpstream int64      `json:"no_live_upstream_requests"`
	Paths          []Path     `json:"paths"`
	Timeline       Timeline   `json:"timeline"`
	Overflow       Overflow   `json:"overflow"`
}

// Lines counts lines and their bytes, newlines included.
type Lines struct {
	Total    int64            `json:"total"`
	Parsed   int64            `json:"parsed"`
	Partial  int64            `json:"partial"`
	Unparsed int64            `json:"unparsed"`
	Bytes    int64            `json:"bytes"`
	NULBytes int64            `json:"nul_bytes"`
	Reasons  map[string]int64 `json:"reasons"`
}

// TimeRange is the first and the last event time, RFC 3339 in UTC with
// milliseconds.
type TimeRange struct {
	First string `json:"first"`
	Last  string `json:"last"`
}

// Requests is what is told of all requests together.
type Requests struct {
	Total       int64            `json:"total"`
	Status      map[string]int64 `json:"status"`
	Methods     map[string]int64 `json:"methods"`
	BytesSent   int64            `json:"bytes_sent"`
	RequestTime Distribution     `json:"request_time"`
}

// Traffic is what is told of any group of requests.
type Traffic struct {
	Requests    int64            `json:"requests"`
	Classes     map[string]int64 `json:"status_classes"`
	BytesSent   int64            `json:"bytes_sent"`
	RequestTime Distribution     `json:"request_time"`
}

// Variant is the requests of one variant.
type Variant struct {
	Variant string `json:"variant"`
	Traffic
	Clients int64 `json:"clients"`
}

// Host is the requests for one host.
type Host struct {
	Host string `json:"host"`
	Traffic
}

// Path is the requests of one path template.
type Path struct {
	Path string `json:"path"`
	Traffic
}

// Upstream is the attempts at one server.
type Upstream struct {
	Server       string           `json:"server"`
	Attempts     int64            `json:"attempts"`
	Status       map[string]int64 `json:"status"`
	ResponseTime Distribution     `json:"response_time"`
	ConnectTime  Distribution     `json:"connect_time"`
	HeaderTime   Distribution     `json:"header_time"`
}

// Timeline is requests over time, in slots of one step.
type Timeline struct {
	Step  int64  `json:"step_seconds"`
	Slots []Slot `json:"slots"`
}

// Slot is the requests of one step; there is none for a step without.
type Slot struct {
	Start string `json:"start"`
	Traffic
}

// Overflow counts requests that went to "other". There are so few names here
// that this happens to methods alone, of which a fixed set is told apart.
type Overflow struct {
	Variant  int64 `json:"variant"`
	Upstream int64 `json:"upstream"`
	Method   int64 `json:"method"`
	Status   int64 `json:"status"`
	Host     int64 `json:"host"`
	Path     int64 `json:"path"`
}

// Distribution is times in milliseconds. Where Count is 0 the rest is nil,
// and absent from JSON.
type Distribution struct {
	Count int64 `json:"count"`
	*Spread
}

// Spread is how times are distributed, in milliseconds.
type Spread struct {
	Sum int64 `json:"sum_ms"`
	Min int64 `json:"min_ms"`
	Max int64 `json:"max_ms"`
	P50 int64 `json:"p50_ms"`
	P90 int64 `json:"p90_ms"`
	P99 int64 `json:"p99_ms"`
}

// DocumentOptions is what was asked of the reader.
type DocumentOptions struct {
	// Top is how many hosts and paths are listed; 0 stands for all.
	Top int

	// Hosts says that hosts are told apart (--host).
	Hosts bool

	// Split says that the reader was given the split_clients block, so that
	// it can tell variants even where they are not logged.
	Split bool
}

// Document returns the report on the lines written so far.
func (t *Truth) Document(options DocumentOptions) *Document {
	bounds := newBucketBounds()
	d := &Document{
		Schema: "splitgauge.report/1",
		Lines: Lines{
			Total: t.parsed + t.partial + t.unparsed, Parsed: t.parsed, Partial: t.partial, Unparsed: t.unparsed,
			Bytes: t.bytes, Reasons: make(map[string]int64),
		},
		Requests: Requests{
			Total: t.total.requests, Status: make(map[string]int64), Methods: make(map[string]int64),
			BytesSent: t.total.bytes, RequestTime: t.total.requestTime.report(bounds),
		},
		Clients:        t.clientsSeen,
		Variants:       []Variant{},
		Hosts:          []Host{},
		Upstreams:      t.upstreams(bounds),
		Retried:        t.retried,
		Redirected:     t.redirected,
		NoUpstream:     t.noUpstream,
		NoLiveUpstream: t.noLiveUpstream,
		Paths:          []Path{},
		Timeline:       t.timeline(bounds),
	}
	for reason, n := range t.reasons {
		d.Lines.Reasons[reason] = n
	}
	if t.total.requests > 0 {
		d.Time = &TimeRange{timestamp(t.first), timestamp(t.last)}
	}
	for status, n := range t.status {
		addSeen(d.Requests.Status, fmt.Sprintf("%03d", status), n)
	}
	for i, n := range t.byMethod {
		addSeen(d.Requests.Methods, t.methods.list[i], n)
	}
	d.Overflow.Method = d.Requests.Methods["other"]
	if t.format != Combined || options.Split {
		for _, i := range busiest(t.variants, t.clients.names, 0) {
			d.Variants = append(d.Variants, Variant{t.clients.names[i], t.variants[i].report(bounds), t.variants[i].clients})
		}
	}
	if options.Hosts {
		for _, i := range busiest(t.byHost, hosts[:], options.Top) {
			d.Hosts = append(d.Hosts, Host{hosts[i], t.byHost[i].report(bounds)})
		}
	}
	for _, i := range busiest(t.byPath, t.paths.list, options.Top) {
		d.Paths = append(d.Paths, Path{t.paths.list[i], t.byPath[i].report(bounds)})
	}
	return d
}

// busiest returns the indices of the groups that have requests, by requests
// descending and then by name, at most top of them; 0 stands for all.
func busiest(groups []traffic, names []string, top int) (list []int) {
	for i := range groups {
		if groups[i].requests > 0 {
			list = append(list, i)
		}
	}
	slices.SortFunc(list, func(a, b int) int {
		return cmp.Or(cmp.Compare(groups[b].requests, groups[a].requests), strings.Compare(names[a], names[b]))
	})
	if top > 0 && len(list) > top {
		list = list[:top]
	}
	return list
}

func (g *traffic) report(bounds bucketBounds) Traffic {
	row := Traffic{g.requests, make(map[string]int64), g.bytes, g.requestTime.report(bounds)}
	for class, n := range g.classes {
		addSeen(row.Classes, fmt.Sprintf("%dxx", class), n)
	}
	return row
}

func addSeen(counts map[string]int64, name string, n int64) {
	if n > 0 {
		counts[name] += n
	}
}

func (t *Truth) upstreams(bounds bucketBounds) []Upstream {
	list := []Upstream{}
	for i := range t.servers {
		s := &t.servers[i]
		if s.attempts == 0 {
			continue
		}
		row := Upstream{servers[i], s.attempts, make(map[string]int64),
			s.response.report(bounds), s.connect.report(bounds), s.header.report(bounds)}
		for status, n := range s.status {
			name := "-"
			if status != absent {
				name = fmt.Sprintf("%03d", status)
			}
			row.Status[name] = n
		}
		list = append(list, row)
	}
	slices.SortFunc(list, func(a, b Upstream) int {
		return cmp.Or(cmp.Compare(b.Attempts, a.Attempts), strings.Compare(a.Server, b.Server))
	})
	return list
}

// timestamp returns Unix milliseconds as RFC 3339 in UTC.
func timestamp(ms int64) string {
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z07:00")
}
