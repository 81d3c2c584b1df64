package report

// maxBar is the widest bar.
const maxBar = 40

// writeStatus writes the statuses with bars.
func writeStatus(s *screen, rows *rows) {
	if len(rows.status) == 0 {
		return
	}
	s.heading("STATUS", "")
	var most int64
	number, name := 0, 0
	for _, c := range rows.status {
		most = max(most, c.n)
		number, name = max(number, cells(grouped(c.n))), max(name, len(c.name))
	}
	width := min(maxBar, s.width-margin-name-number-narrowest-3*gutter)
	writeCounts(s, rows.status, rows.total.Requests, 2, func(c count) span {
		look := plain
		if c.name[0] == '5' {
			look = red
		}
		return span{s.bar(c.n, most, width), look}
	})
}

// writeMethods writes the methods, which are few, as a sentence.
func writeMethods(s *screen, rows *rows) {
	if len(rows.methods) == 0 {
		return
	}
	s.heading("METHODS", "")
	line, used := []span{{indent, plain}}, margin
	for _, c := range rows.methods {
		name, share := c.name+" ", percent(c.n, rows.total.Requests, 2)
		if width := len(name) + len(share); used > margin && used+gutter+1+width > s.width {
			s.line(line...)
			line, used = []span{{indent, plain}}, margin
		} else if used > margin {
			line, used = append(line, span{pad(gutter + 1), plain}), used+gutter+1
		}
		line = append(line, span{name, plain}, span{share, dim})
		used += len(name) + len(share)
	}
	s.line(line...)
}
