package report

// overflowed reports whether names were left out for want of room. Methods
// are not among them: which have a name is fixed.
func (r *rows) overflowed() bool {
	o := r.Overflow
	return o.Variant != 0 || o.Upstream != 0 || o.Status != 0 || o.Host != 0 || o.Path != 0
}

// writeOverflow says which numbers stand under "other".
func writeOverflow(s *screen, rows *rows) {
	if !rows.overflowed() {
		return
	}
	s.heading("MORE NAMES THAN ARE KEPT", "")
	s.paragraph(`What came with names past the bounds is counted as "other". `+
		"All totals are exact; which names are listed depends on what was read first.", plain)
	s.line()
	var list []count
	for _, c := range []count{
		{"requests of further variants", rows.Overflow.Variant},
		{"attempts at further upstreams", rows.Overflow.Upstream},
		{"requests with further statuses", rows.Overflow.Status},
		{"requests for further hosts", rows.Overflow.Host},
		{"requests for further paths", rows.Overflow.Path},
	} {
		if c.n != 0 {
			list = append(list, c)
		}
	}
	writeCounts(s, list, 0, 0, nil)
}
