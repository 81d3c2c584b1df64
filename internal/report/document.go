package report

import (
	"maps"
	"slices"
	"time"

	"github.com/splitgauge/splitgauge/aggregator"
)

// schema names the form of the document. It changes when a member is renamed,
// removed or means something else, not when one is added.
const schema = "splitgauge.report/1"

// document is the report as programs read it. Its members, their names and
// their order are a promise; they are described in the design, section 4.1.
type document struct {
	Schema         string               `json:"schema"`
	Lines          documentLines        `json:"lines"`
	Time           *documentTime        `json:"time"` // null where no line had a time
	Requests       documentRequests     `json:"requests"`
	Clients        int64                `json:"clients"`
	Variants       []documentVariant    `json:"variants"`
	Hosts          []documentHost       `json:"hosts"`
	Upstreams      []documentServer     `json:"upstreams"`
	Retried        int64                `json:"retried_requests"`
	Redirected     int64                `json:"redirected_requests"`
	NoUpstream     int64                `json:"no_upstream_requests"`
	NoLiveUpstream int64                `json:"no_live_upstream_requests"`
	Paths          []documentPath       `json:"paths"`
	Timeline       documentTimeline     `json:"timeline"`
	Overflow       documentOverflow     `json:"overflow"`
	Experiments    []documentExperiment `json:"experiments"`
}

type documentLines struct {
	Total    int64     `json:"total"`
	Parsed   int64     `json:"parsed"`
	Partial  int64     `json:"partial"`
	Unparsed int64     `json:"unparsed"`
	Bytes    int64     `json:"bytes"`
	NULBytes int64     `json:"nul_bytes"`
	Reasons  countsMap `json:"reasons"`
}

type documentTime struct {
	First string `json:"first"`
	Last  string `json:"last"`
}

type documentRequests struct {
	Total       int64        `json:"total"`
	Status      countsMap    `json:"status"`
	Methods     countsMap    `json:"methods"`
	BytesSent   int64        `json:"bytes_sent"`
	RequestTime distribution `json:"request_time"`
}

// documentTraffic is what all groups of requests have in common.
type documentTraffic struct {
	Requests    int64        `json:"requests"`
	Classes     countsMap    `json:"status_classes"`
	BytesSent   int64        `json:"bytes_sent"`
	RequestTime distribution `json:"request_time"`
}

type documentVariant struct {
	Variant string `json:"variant"`
	documentTraffic
	Clients int64 `json:"clients"`
}

type documentHost struct {
	Host string `json:"host"`
	documentTraffic
}

type documentPath struct {
	Path string `json:"path"`
	documentTraffic
}

type documentServer struct {
	Server       string       `json:"server"`
	Attempts     int64        `json:"attempts"`
	Status       countsMap    `json:"status"`
	ResponseTime distribution `json:"response_time"`
	ConnectTime  distribution `json:"connect_time"`
	HeaderTime   distribution `json:"header_time"`
}

type documentTimeline struct {
	Step  int64          `json:"step_seconds"`
	Slots []documentSlot `json:"slots"`
}

type documentSlot struct {
	Start string `json:"start"`
	documentTraffic
}

type documentOverflow struct {
	Variant  int64 `json:"variant"`
	Upstream int64 `json:"upstream"`
	Method   int64 `json:"method"`
	Status   int64 `json:"status"`
	Host     int64 `json:"host"`
	Path     int64 `json:"path"`
}

// countsMap is a JSON object of what was seen; encoding/json sorts it by key.
type countsMap map[string]int64

// names returns what was seen in byte order, as it is in the document.
func (m countsMap) names() []string { return slices.Sorted(maps.Keys(m)) }

// distribution is a histogram in brief. Where it is empty the embedded
// pointer is nil, and its members are absent.
type distribution struct {
	Count int64 `json:"count"`
	*distributionValues
}

type distributionValues struct {
	Sum int64 `json:"sum_ms"`
	Min int64 `json:"min_ms"`
	Max int64 `json:"max_ms"`
	P50 int64 `json:"p50_ms"`
	P90 int64 `json:"p90_ms"`
	P99 int64 `json:"p99_ms"`
}

// newDocument describes the rows, of hosts and paths the first top, and the
// experiments.
func newDocument(r *rows, top int, experiments []Experiment) *document {
	d := &document{
		Schema: schema,
		Lines: documentLines{
			Total: r.Lines.Total(), Parsed: r.Lines.Parsed, Partial: r.Lines.Partial, Unparsed: r.Lines.Unparsed,
			Bytes: r.Lines.Bytes, NULBytes: r.Lines.NULBytes, Reasons: newCountsMap(r.reasons),
		},
		Requests: documentRequests{
			Total: r.total.Requests, Status: newCountsMap(r.status), Methods: newCountsMap(r.methods),
			BytesSent: r.total.BytesSent, RequestTime: newDistribution(&r.total.RequestTime),
		},
		Clients:        r.total.Clients.Estimate(),
		Variants:       []documentVariant{}, // [] and not null where empty, here and below
		Hosts:          []documentHost{},
		Upstreams:      []documentServer{},
		Retried:        r.Retried,
		Redirected:     r.Redirected,
		NoUpstream:     r.NoUpstream,
		NoLiveUpstream: r.NoLiveUpstream,
		Paths:          []documentPath{},
		Timeline:       documentTimeline{Step: r.step, Slots: []documentSlot{}},
		Overflow:       documentOverflow(r.Overflow),
		Experiments:    newExperiments(r.Assignments, experiments),
	}
	if r.hasTime() {
		d.Time = &documentTime{timestamp(r.First), timestamp(r.Last)}
	}
	for _, v := range r.variants {
		row := documentVariant{Variant: v.name, documentTraffic: newTraffic(v.Traffic)}
		if v.Traffic.Clients != nil {
			row.Clients = v.Traffic.Clients.Estimate()
		}
		d.Variants = append(d.Variants, row)
	}
	for _, h := range r.hosts[:limit(len(r.hosts), top, 0)] {
		d.Hosts = append(d.Hosts, documentHost{h.name, newTraffic(h.Traffic)})
	}
	for _, s := range r.upstreams {
		d.Upstreams = append(d.Upstreams, documentServer{
			Server: s.name, Attempts: s.Attempts, Status: newCountsMap(statusCounts(s.Status)),
			ResponseTime: newDistribution(&s.ResponseTime),
			ConnectTime:  newDistribution(&s.ConnectTime),
			HeaderTime:   newDistribution(&s.HeaderTime),
		})
	}
	for _, p := range r.paths[:limit(len(r.paths), top, 0)] {
		d.Paths = append(d.Paths, documentPath{p.name, newTraffic(p.Traffic)})
	}
	for _, s := range r.slots {
		d.Timeline.Slots = append(d.Timeline.Slots, documentSlot{timestamp(s.Start * 1000), newTraffic(s.Traffic)})
	}
	return d
}

func newTraffic(t *aggregator.Traffic) documentTraffic {
	return documentTraffic{t.Requests, newCountsMap(classCounts(&t.Classes)), t.BytesSent, newDistribution(&t.RequestTime)}
}

func newCountsMap(list []count) countsMap {
	m := make(countsMap, len(list)) // {} and not null where empty
	for _, c := range list {
		m[c.name] = c.n
	}
	return m
}

func newDistribution(h *aggregator.Histogram) distribution {
	n := h.Count()
	if n == 0 {
		return distribution{}
	}
	return distribution{n, &distributionValues{
		h.Sum, h.Min, h.Max, h.Quantile(50, 100), h.Quantile(90, 100), h.Quantile(99, 100),
	}}
}

// timestamp returns Unix milliseconds as RFC 3339 in UTC with milliseconds.
func timestamp(milliseconds int64) string {
	return time.UnixMilli(milliseconds).UTC().Format("2006-01-02T15:04:05.000Z07:00")
}
