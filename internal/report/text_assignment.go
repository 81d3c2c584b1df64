package report

// writeAssignment says whether the logged variants are the ones that the splits
// give.
func writeAssignment(s *screen, r *Report, rows *rows) {
	heading := false
	for _, e := range r.Experiments {
		a := rows.Assignments[e.Name]
		if a == nil {
			continue
		}
		if !heading {
			s.heading("ASSIGNMENT", "")
			heading = true
		}
		wrong := a.Mismatched()
		text := "$" + e.Name + ": " + counted(a.Checked, "request", "requests") + " checked against the split"
		if wrong == 0 {
			s.paragraph(text+", all of them where nginx would have put them.", plain)
			continue
		}
		s.paragraph(text+", "+grouped(wrong)+" ("+percent(wrong, a.Checked, 2)+") logged with another variant.", red)
		s.line()
		writeCounts(s, counts(validNames(a.Mismatches)), wrong, 1, func(c count) span { return span{mismatchText(c.name), dim} })
	}
}

// mismatchText returns what a reason for a mismatch means.
func mismatchText(reason string) string {
	switch reason {
	case "unknown_value":
		return "the split has no such value: another configuration was in use"
	case "boundary_rule":
		return "a key that nginx before and from 1.31.2 place differently"
	case "absent_key":
		return "the key is absent in the log"
	case "empty_key":
		return "as if the key had been empty: an internal redirect drops the query"
	}
	return "another key, or other percentages, were in use"
}
