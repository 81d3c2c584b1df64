package report

// maxMainRows bounds the variants and the upstreams that are listed. They are
// what the report is for and mostly few, so Top does not cut them.
const maxMainRows = 40

// writeTables writes who had how much traffic: variants, upstreams, hosts and
// paths.
func writeTables(s *screen, rows *rows, top int) {
	main := maxMainRows
	if top < 0 {
		main = -1
	}
	variants := variantTable(rows, limit(len(rows.variants), main, 0))
	upstreams := upstreamTable(rows, limit(len(rows.upstreams), main, 0))
	hosts := trafficTable("HOSTS", "host", rows.hosts, limit(len(rows.hosts), top, defaultTop), rows.total.Requests)
	paths := trafficTable("PATHS", "path", rows.paths, limit(len(rows.paths), top, defaultTop), rows.total.Requests)

	g := newGrid(s, []table{variants, upstreams, hosts, paths})
	variants.write(s, g)
	upstreams.write(s, g)
	writeFlow(s, rows)
	hosts.write(s, g)
	paths.write(s, g)
}

// noVariant is shown for the variant whose name is empty.
const noVariant = "(empty)"

func variantTable(rows *rows, n int) table {
	t := table{
		title: "VARIANTS", nameHeader: "variant",
		columns: append(trafficColumns("requests", ""), column{"", "clients", rankExtra}, column{"", "sent", rankMore}),
		more:    moreText(rows.variants[n:], "variant"),
	}
	for _, v := range rows.variants[:n] {
		clients := span{absentName, dim}
		if v.Traffic.Clients != nil {
			clients = span{grouped(v.Traffic.Clients.Estimate()), plain}
		}
		name := v.name
		if name == "" {
			name = noVariant
		}
		row := append(trafficCells(v, rows.total.Requests), clients, span{byteSize(v.BytesSent), plain})
		t.rows = append(t.rows, tableRow{name, row})
	}
	return t
}

// trafficTable lists the first n of groups that have no clients of their own.
func trafficTable(title, one string, list []trafficRow, n int, total int64) table {
	t := table{
		title: title, nameHeader: one,
		columns: append(trafficColumns("requests", ""), column{"", "sent", rankExtra}),
		more:    moreText(list[n:], one),
	}
	for _, row := range list[:n] {
		t.rows = append(t.rows, tableRow{row.name, append(trafficCells(row, total), span{byteSize(row.BytesSent), plain})})
	}
	return t
}

// moreText says what a list left out; nothing where that is nothing.
func moreText(rest []trafficRow, one string) string {
	if len(rest) == 0 {
		return ""
	}
	var requests int64
	for _, row := range rest {
		requests += row.Requests
	}
	return "and " + counted(int64(len(rest)), "more "+one, "more "+one+"s") + " with " + counted(requests, "request", "requests")
}

// trafficColumns are the columns that all tables begin with.
func trafficColumns(count, latencyGroup string) []column {
	return []column{
		{"", count, rankCount},
		{"", "share", rankShare},
		{"", "4xx", rankClientErrors},
		{"", "5xx", rankErrors},
		{latencyGroup, "p50", rankLatency},
		{latencyGroup, "p90", rankP90},
		{latencyGroup, "p99", rankLatency},
	}
}

// trafficCells are the cells of trafficColumns.
func trafficCells(row trafficRow, total int64) []span {
	return append([]span{
		{grouped(row.Requests), plain},
		{percent(row.Requests, total, 1), plain},
		{percent(row.Classes[4], row.Requests, 2), dim},
		errorShare(row.Classes[5], row.Requests, plain),
	}, latencyCells(&row.RequestTime)...)
}
