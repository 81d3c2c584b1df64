package report

// writeInputs says what was not read, and how the rest was where that
// differs from input to input.
func writeInputs(s *screen, r *Report) {
	if len(r.Failures) > 0 {
		s.heading("NOT READ TO THE END", "")
		for _, f := range r.Failures {
			text := s.visible(f.Source) + ": " + s.visible(f.Error)
			if f.Offset > 0 {
				text += ", after " + counted(f.Offset, "byte", "bytes")
			}
			s.paragraph(text, red)
		}
	}
	if len(r.Duplicates) > 0 {
		s.heading("READ ONLY ONCE", "")
		for _, d := range r.Duplicates {
			s.paragraph(s.visible(d.Source)+" is the same as "+s.visible(d.Of), plain)
		}
	}
	if len(r.Sources) > 1 && !sameFormat(r.Sources) {
		writeSources(s, r.Sources)
	}
}

// writeSources lists the inputs with their formats.
func writeSources(s *screen, sources []Source) {
	s.heading("INPUTS", "")
	name, lines := 0, 0
	for _, source := range sources {
		name = max(name, cells(s.visible(source.Name)))
		lines = max(lines, cells(grouped(source.Lines)))
	}
	name = min(name, max(1, s.width/3))
	for _, source := range sources {
		label := cutMiddle(s.visible(source.Name), name, s.ellipsis())
		line := append([]span{{indent, plain}}, left(span{label, plain}, name+gutter)...)
		line = append(line, right(span{grouped(source.Lines), plain}, lines)...)
		text := formatText(source)
		if source.Encoding != "" {
			text += ", " + source.Encoding
		}
		s.line(append(line, span{pad(gutter), plain}, span{text, dim})...)
	}
}
