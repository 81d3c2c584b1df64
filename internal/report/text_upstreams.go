package report

import "github.com/splitgauge/splitgauge/aggregator"

func upstreamTable(rows *rows, n int) table {
	t := table{
		title: "UPSTREAMS", nameHeader: "server",
		columns: append(trafficColumns("attempts", "response time"),
			column{"connect", "p50", rankMore}, column{"connect", "p90", rankMore}, column{"connect", "p99", rankExtra}),
	}
	var total, rest int64
	for i, u := range rows.upstreams {
		total += u.Attempts
		if i >= n {
			rest += u.Attempts
		}
	}
	if n < len(rows.upstreams) {
		t.more = "and " + counted(int64(len(rows.upstreams)-n), "more server", "more servers") + " with " + counted(rest, "attempt", "attempts")
	}
	for _, u := range rows.upstreams[:n] {
		row := []span{
			{grouped(u.Attempts), plain},
			{percent(u.Attempts, total, 1), plain},
			{percent(ofClass(u.Status, 4), u.Attempts, 2), dim},
			errorShare(ofClass(u.Status, 5), u.Attempts, plain),
		}
		row = append(append(row, latencyCells(&u.ResponseTime)...), latencyCells(&u.ConnectTime)...)
		t.rows = append(t.rows, tableRow{u.name, row})
	}
	return t
}

// ofClass returns how many of the statuses are of a class.
func ofClass(status map[int]int64, class int) (n int64) {
	for code, count := range status {
		if code >= 0 && code/100 == class {
			n += count
		}
	}
	return n
}

// latencyCells are p50, p90 and p99.
func latencyCells(h *aggregator.Histogram) []span {
	if h.Count() == 0 {
		return []span{{absentName, dim}, {absentName, dim}, {absentName, dim}}
	}
	return []span{
		{latency(h.Quantile(50, 100)), plain},
		{latency(h.Quantile(90, 100)), plain},
		{latency(h.Quantile(99, 100)), plain},
	}
}

// writeFlow says what happened to requests on their way to an upstream,
// beyond the ordinary.
func writeFlow(s *screen, rows *rows) {
	var list []count
	for _, c := range []count{
		{"tried on more than one server", rows.Retried},
		{"redirected internally", rows.Redirected},
		{"answered without an upstream", rows.NoUpstream},
		{"found no live upstream", rows.NoLiveUpstream},
	} {
		if c.n != 0 {
			list = append(list, c)
		}
	}
	if len(list) == 0 {
		return
	}
	if len(rows.upstreams) == 0 {
		s.heading("UPSTREAMS", "")
	} else {
		s.line()
	}
	writeCounts(s, list, rows.total.Requests, 2, nil)
}

// writeCounts writes names, counts and their shares, one a line, and what
// note says of each.
func writeCounts(s *screen, list []count, total int64, places int, note func(count) span) {
	var name, number int
	for _, c := range list {
		name = max(name, cells(s.visible(c.name)))
		number = max(number, cells(grouped(c.n)))
	}
	name = min(name, max(1, s.width-margin-number-2*gutter-narrowest))
	for _, c := range list {
		label := cutEnd(s.visible(c.name), name, s.ellipsis())
		line := append([]span{{indent, plain}}, left(span{label, plain}, name+gutter)...)
		line = append(line, right(span{grouped(c.n), plain}, number)...)
		line = append(line, right(span{percent(c.n, total, places), dim}, gutter+narrowest)...)
		if note != nil {
			line = append(line, span{pad(gutter), plain}, note(c))
		}
		s.line(line...)
	}
}
