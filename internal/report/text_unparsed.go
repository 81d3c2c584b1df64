package report

import "strconv"

// writeUnparsed says which lines were not fully parsed, why, and shows some.
func writeUnparsed(s *screen, r *Report, rows *rows) {
	if len(rows.reasons) > 0 {
		n := rows.Lines.Partial + rows.Lines.Unparsed
		s.heading("NOT FULLY PARSED", "")
		s.paragraph(grouped(n)+" of "+counted(rows.Lines.Total(), "line", "lines")+" ("+percent(n, rows.Lines.Total(), 2)+"): "+
			grouped(rows.Lines.Partial)+" counted without what could not be read, "+
			grouped(rows.Lines.Unparsed)+" not counted.", plain)
		s.line()
		list := make([]count, len(rows.reasons))
		meaning := map[string]string{}
		for i, c := range rows.reasons {
			name, means := reasonText(c.name)
			list[i] = count{name, c.n}
			meaning[name] = means
		}
		writeCounts(s, list, n, 1, func(c count) span { return span{meaning[c.name], dim} })
	}
	if len(r.Samples) > 0 {
		s.line()
		for _, sample := range r.Samples {
			writeSample(s, sample)
		}
	}
	if n := rows.Lines.NULBytes; n > 0 {
		s.line()
		s.paragraph(counted(n, "byte", "bytes")+" of zeros skipped: holes in a file, as a crash or copytruncate leaves them.", dim)
	}
}

// reasonText returns the name of a reason as it is shown, and what it means.
func reasonText(reason string) (name, meaning string) {
	switch reason {
	case "empty":
		return reason, "no text in the line"
	case "too_long":
		return reason, "longer than a line may be"
	case "format":
		return reason, "not of the format"
	case "json":
		return reason, "no JSON object with a request"
	case "trailing":
		return reason, "only begins like the format"
	case "lists":
		return reason, "upstream lists of different lengths"
	}
	return "$" + reason, "no possible value"
}

// writeSample writes where a line is and what could not be read: on one line
// where that fits, else the place first and the rest below.
func writeSample(s *screen, sample Sample) {
	place := sample.Source + ":" + strconv.FormatInt(sample.Line, 10)
	if sample.Column > 0 {
		place += ":" + strconv.Itoa(sample.Column)
	}
	place = s.visible(place)
	subject := sample.Reason
	if sample.Field != "" {
		subject = "$" + sample.Field
	}
	before := s.visible(subject) + ": "
	if len(sample.Text) > 0 {
		before += "cannot read "
	}
	text, after := "", s.visible(sample.Explanation)
	if len(sample.Text) > 0 {
		text = s.quoted(string(sample.Text))
		if after != "" {
			after = ": " + after
		}
	}
	if margin+cells(place)+gutter+cells(before+text+after) <= s.width {
		s.line(span{indent + place + pad(gutter), dim}, span{before + text + after, plain})
		return
	}
	s.line(span{indent + cutMiddle(place, s.width-margin, s.ellipsis()), dim})
	const deeper = 2 * margin
	if room := s.width - deeper - cells(before) - cells(after); cells(text) > room {
		text = cutMiddle(text, max(room, minQuoted), s.ellipsis())
	}
	for _, line := range wrap(before+text+after, s.width-deeper) {
		s.line(span{indent + indent, plain}, span{line, plain})
	}
}

// minQuoted is how much of a line's text is shown however long the
// explanation is.
const minQuoted = 32
