package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// WriteCSV writes the numbers of the JSON document as rows of four columns:
//
//	section,name,field,value
//	requests,,total,1234498
//	status,200,requests,1115012
//	variants,.one,status_classes.5xx,388
//	variants,.one,request_time.p99_ms,420
//
// Sections and fields are named as in the document; name is the variant,
// host, server, path, status, method, reason or time that the row is about.
// A map that is a section of its own (reasons, status, methods, overflow) has
// what it counts as the field. An experiment's variants are in a section of their
// own, experiments.NAME; what is not finite there has no row.
//
// Names are safe to open in a spreadsheet: controls and hidden characters are
// written as visible escapes, and a name that could be taken for a formula
// (it begins with = + - @ or their full-width forms, after any spaces) is
// preceded by an apostrophe. So is one that begins with an apostrophe: one
// apostrophe at the beginning always has to be taken off. The name "-" alone
// is no formula and stays.
func WriteCSV(w io.Writer, r *Report) error {
	rows := newRows(r.Snapshot)
	t := &csvTable{csv: csv.NewWriter(w)}
	t.row("section", "name", "field", "value")
	t.document(newDocument(rows, r.Top, r.Experiments))
	t.number("timeline", "", "outside_requests", rows.outside)
	t.csv.Flush()
	return t.csv.Error() // the first, of any row
}

// csvTable writes the parts of a document as rows.
type csvTable struct{ csv *csv.Writer }

func (t *csvTable) row(section, name, field, value string) {
	// The error stays with the writer; see WriteCSV.
	_ = t.csv.Write([]string{section, guard(name), field, value})
}

func (t *csvTable) number(section, name, field string, value int64) {
	t.row(section, name, field, strconv.FormatInt(value, 10))
}

func (t *csvTable) document(d *document) {
	t.row("report", "", "schema", d.Schema)
	t.lines(&d.Lines)
	if d.Time != nil {
		t.row("time", "", "first", d.Time.First)
		t.row("time", "", "last", d.Time.Last)
	}
	t.requests(d)
	for _, v := range d.Variants {
		t.traffic("variants", v.Variant, &v.documentTraffic)
		t.number("variants", v.Variant, "clients", v.Clients)
	}
	for _, h := range d.Hosts {
		t.traffic("hosts", h.Host, &h.documentTraffic)
	}
	for _, u := range d.Upstreams {
		t.number("upstreams", u.Server, "attempts", u.Attempts)
		t.counts("upstreams", u.Server, "status.", u.Status)
		t.distribution("upstreams", u.Server, "response_time.", u.ResponseTime)
		t.distribution("upstreams", u.Server, "connect_time.", u.ConnectTime)
		t.distribution("upstreams", u.Server, "header_time.", u.HeaderTime)
	}
	for _, p := range d.Paths {
		t.traffic("paths", p.Path, &p.documentTraffic)
	}
	t.number("timeline", "", "step_seconds", d.Timeline.Step)
	for _, s := range d.Timeline.Slots {
		t.traffic("timeline", s.Start, &s.documentTraffic)
	}
	t.number("overflow", "variant", "requests", d.Overflow.Variant)
	t.number("overflow", "upstream", "attempts", d.Overflow.Upstream)
	t.number("overflow", "method", "requests", d.Overflow.Method)
	t.number("overflow", "status", "requests", d.Overflow.Status)
	t.number("overflow", "host", "requests", d.Overflow.Host)
	t.number("overflow", "path", "requests", d.Overflow.Path)
	for i := range d.Experiments {
		t.experiment(&d.Experiments[i])
	}
}

func (t *csvTable) lines(l *documentLines) {
	t.number("lines", "", "total", l.Total)
	t.number("lines", "", "parsed", l.Parsed)
	t.number("lines", "", "partial", l.Partial)
	t.number("lines", "", "unparsed", l.Unparsed)
	t.number("lines", "", "bytes", l.Bytes)
	t.number("lines", "", "nul_bytes", l.NULBytes)
	for _, reason := range l.Reasons.names() {
		t.number("reasons", reason, "lines", l.Reasons[reason])
	}
}

func (t *csvTable) requests(d *document) {
	t.number("requests", "", "total", d.Requests.Total)
	t.number("requests", "", "bytes_sent", d.Requests.BytesSent)
	t.distribution("requests", "", "request_time.", d.Requests.RequestTime)
	t.number("requests", "", "clients", d.Clients)
	t.number("requests", "", "retried_requests", d.Retried)
	t.number("requests", "", "redirected_requests", d.Redirected)
	t.number("requests", "", "no_upstream_requests", d.NoUpstream)
	t.number("requests", "", "no_live_upstream_requests", d.NoLiveUpstream)
	for _, status := range d.Requests.Status.names() {
		t.number("status", status, "requests", d.Requests.Status[status])
	}
	for _, method := range d.Requests.Methods.names() {
		t.number("methods", method, "requests", d.Requests.Methods[method])
	}
}

func (t *csvTable) traffic(section, name string, traffic *documentTraffic) {
	t.number(section, name, "requests", traffic.Requests)
	t.counts(section, name, "status_classes.", traffic.Classes)
	t.number(section, name, "bytes_sent", traffic.BytesSent)
	t.distribution(section, name, "request_time.", traffic.RequestTime)
}

func (t *csvTable) counts(section, name, prefix string, counts countsMap) {
	for _, key := range counts.names() {
		t.number(section, name, prefix+key, counts[key])
	}
}

func (t *csvTable) distribution(section, name, prefix string, d distribution) {
	t.number(section, name, prefix+"count", d.Count)
	if d.distributionValues == nil {
		return
	}
	t.number(section, name, prefix+"sum_ms", d.Sum)
	t.number(section, name, prefix+"min_ms", d.Min)
	t.number(section, name, prefix+"max_ms", d.Max)
	t.number(section, name, prefix+"p50_ms", d.P50)
	t.number(section, name, prefix+"p90_ms", d.P90)
	t.number(section, name, prefix+"p99_ms", d.P99)
}

// guard returns a name as it is safe to open in a spreadsheet.
func guard(name string) string {
	name = visible(name, true)
	first, size := utf8.DecodeRuneInString(strings.TrimLeft(name, " "))
	if size > 0 && strings.ContainsRune("=+-@＝＋－＠'", first) && name != absentName {
		return "'" + name
	}
	return name
}
