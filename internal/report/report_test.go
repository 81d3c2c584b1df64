package report

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/aggregator"
)

// TestEqualReportsGiveEqualBytes is what keeps the order of maps out.
func TestEqualReportsGiveEqualBytes(t *testing.T) {
	r := fixture()
	for _, w := range writers {
		first := written(t, w.write, r)
		for range 50 {
			if !bytes.Equal(written(t, w.write, r), first) {
				t.Fatalf("%s: two outputs of one report differ", w.name)
			}
		}
	}
}

func TestWritersLeaveTheSnapshotAlone(t *testing.T) {
	r := fixture()
	for _, w := range writers {
		written(t, w.write, r)
	}
	if !reflect.DeepEqual(r, fixture()) {
		t.Error("a writer changed the report")
	}
}

func TestNoTimeIsTheParsers(t *testing.T) {
	if s := aggregator.NewSnapshot(); s.First != noTime || s.Last != noTime {
		t.Errorf("a snapshot of nothing has the times %d and %d, want %d", s.First, s.Last, int64(noTime))
	}
}

// TestEveryWidth holds that no line is wider than asked, and that the tables
// do not lose their first column, whatever the width.
func TestEveryWidth(t *testing.T) {
	r := fixture()
	for width := 1; width <= 200; width += 1 + width/60 {
		o := Options{Width: width, Unicode: true}
		got := string(written(t, text(o), r))
		if err := checkTerminal(got, o); err != nil {
			t.Errorf("width %d: %v", width, err)
		}
		if width >= 20 && !strings.Contains(got, "1,116,610") {
			t.Errorf("width %d: the requests of the main variant are not there:\n%s", width, got)
		}
	}
}

func TestOrder(t *testing.T) {
	s := aggregator.NewSnapshot()
	for name, n := range map[string]int64{"b": 2, "a": 2, "c": 3, "": 2, "B": 2} {
		s.Paths[name] = &aggregator.Traffic{Requests: n}
		s.Upstreams[name] = &aggregator.Server{Attempts: n}
	}
	s.Requests = map[aggregator.RequestKey]int64{{Status: 9}: 1, {Status: -1}: 5, {Status: 200}: 1, {Status: aggregator.OtherStatus}: 2, {Status: 0}: 1}
	rows := newRows(s)
	var paths, servers, status []string
	for i := range rows.paths {
		paths, servers = append(paths, rows.paths[i].name), append(servers, rows.upstreams[i].name)
	}
	for _, c := range rows.status {
		status = append(status, c.name)
	}
	if want := []string{"c", "", "B", "a", "b"}; !reflect.DeepEqual(paths, want) || !reflect.DeepEqual(servers, want) {
		t.Errorf("paths %q, servers %q, want %q", paths, servers, want)
	}
	if want := []string{"000", "009", "200", "other", "-"}; !reflect.DeepEqual(status, want) {
		t.Errorf("status %q, want %q", status, want)
	}
}

func TestTop(t *testing.T) {
	for _, test := range []struct {
		top                int
		inJSON, inText, of int
	}{{0, 12, 10, 12}, {3, 3, 3, 12}, {-1, 12, 12, 12}, {100, 12, 12, 12}} {
		r := fixture()
		r.Top = test.top
		document := newDocument(newRows(r.Snapshot), r.Top, r.Experiments)
		if got := len(document.Paths); got != test.inJSON {
			t.Errorf("top %d: %d paths in JSON, want %d", test.top, got, test.inJSON)
		}
		if got := strings.Count(string(written(t, text(Options{Width: 120}), r)), "\n  /"); got != test.inText {
			t.Errorf("top %d: %d paths in text, want %d", test.top, got, test.inText)
		}
	}
}

func TestTextDetails(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Report)
		has    string // must be in the text
		not    string // must not be
	}{
		{"one input", func(r *Report) { r.Sources = r.Sources[:1] }, "input     access.log, 1,234,529 lines", "inputs"},
		{"formats differ", func(r *Report) { r.Sources[2].Format = "json" }, "access.log.2.gz  200,000  json (access_log in nginx.conf:31), gzip", "as combined_plus"},
		{"no variants", func(r *Report) { r.Snapshot.HasVariants = false }, "1,234,498", "VARIANTS"},
		{"no request times", func(r *Report) {
			for _, path := range r.Snapshot.Paths {
				path.RequestTime = aggregator.Histogram{}
			}
		}, "/                                            400,000  32.4%  0.75%  0.25%  4.94 GB", ""},
		{"until", func(r *Report) { r.Until = r.Since.Add(time.Hour) }, "from 2026-11-24 08:00:00, before 2026-11-24 09:00:00 UTC", ""},
		{"no overflow", func(r *Report) { r.Snapshot.Overflow = aggregator.Overflow{Method: 5} }, "", "MORE NAMES"},
		{"no times", func(r *Report) { r.Snapshot.First, r.Snapshot.Last = noTime, noTime; r.Snapshot.Timeline.Slots = nil }, "1,234,498   -", "period"},
		{"upstreams are silent", func(r *Report) { r.Snapshot.Upstreams = nil }, "UPSTREAMS\n  tried on", "attempts"},
		{"no trouble", func(r *Report) {
			r.Snapshot.Lines = aggregator.Lines{Parsed: 1}
			r.Failures, r.Samples, r.Duplicates = nil, nil, nil
			r.Snapshot.Overflow = aggregator.Overflow{}
		}, "", "notes"},
		{"a long name is whole where it matters", func(r *Report) { r.Failures[0].Source = strings.Repeat("x", 100) + "END" }, "END", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := fixture()
			test.change(r)
			got := string(written(t, text(Options{Width: 120}), r))
			if !strings.Contains(got, test.has) {
				t.Errorf("%q is not in\n%s", test.has, got)
			}
			if test.not != "" && strings.Contains(got, test.not) {
				t.Errorf("%q is in\n%s", test.not, got)
			}
		})
	}
}

func TestWriteErrorsAreReturned(t *testing.T) {
	for _, w := range writers {
		if err := w.write(brokenWriter{}, fixture()); !errors.Is(err, errBroken) {
			t.Errorf("%s: got the error %v, want the writer's", w.name, err)
		}
	}
}

var errBroken = errors.New("broken pipe")

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }
