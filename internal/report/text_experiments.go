package report

// writeExperiments says in brief whether a difference between variants is real.
func writeExperiments(s *screen, r *Report) {
	if len(r.Experiments) == 0 {
		return
	}
	s.heading("EXPERIMENTS", "splitgauge compare says more")
	for i := range r.Experiments {
		w := words{s.unicode, &r.Experiments[i]}
		verdict := w.e.verdict()
		s.line(span{indent + w.title() + ": ", plain}, span{w.verdictText(verdict), verdictStyle(verdict)})
		for _, paragraph := range w.reason() {
			writeLabelled(s, 0, s.bullet(), paragraph, plain)
		}
	}
}
