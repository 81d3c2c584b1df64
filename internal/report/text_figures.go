package report

// figure is one number of the headline and what it is.
type figure struct {
	label string
	value span
}

// writeFigures writes the headline: the totals, as a grid of numbers. They
// are not compared with one another, so they are aligned with their labels.
func writeFigures(s *screen, rows *rows) {
	total, time := &rows.total, &rows.total.RequestTime
	if total.Requests == 0 {
		s.line()
		s.paragraph("No requests.", bold)
		return
	}
	list := []figure{
		{"requests", span{grouped(total.Requests), bold}},
		{"rate", span{orNone(rate(rows.pace())), bold}},
		{"clients", span{grouped(total.Clients.Estimate()), bold}},
		{"sent", span{byteSize(total.BytesSent), bold}},
		{"4xx", span{percent(total.Classes[4], total.Requests, 2), bold}},
		{"5xx", errorShare(total.Classes[5], total.Requests, bold)},
	}
	if time.Count() > 0 {
		list = append(list,
			figure{"p50", span{latency(time.Quantile(50, 100)), bold}},
			figure{"p90", span{latency(time.Quantile(90, 100)), bold}},
			figure{"p99", span{latency(time.Quantile(99, 100)), bold}},
			figure{"slowest", span{latency(time.Max), bold}},
			figure{"mean", span{latency((time.Sum + time.Count()/2) / time.Count()), bold}})
	}
	width := 10
	for _, f := range list {
		width = max(width, cells(f.value.text))
	}
	perRow := min(6, max(1, (s.width-margin+gutter)/(width+gutter)))
	for len(list) > 0 {
		n := min(perRow, len(list))
		labels, values := []span{{indent, plain}}, []span{{indent, plain}}
		for _, f := range list[:n] {
			labels = append(labels, left(span{f.label, dim}, width+gutter)...)
			values = append(values, left(f.value, width+gutter)...)
		}
		s.line()
		s.line(labels...)
		s.line(values...)
		list = list[n:]
	}
}

// alarming is the share of server errors, and of lines not fully parsed, that
// is shown in red: one in so many.
const alarming = 100

// errorShare returns a share of server errors, red where it is alarming.
func errorShare(errors, of int64, look style) span {
	if errors > 0 && errors >= of/alarming {
		look = red
	}
	return span{orNone(percent(errors, of, 2)), look}
}

// orNone returns text, or a dash where there is none.
func orNone(text string) string {
	if text == "" {
		return absentName
	}
	return text
}
