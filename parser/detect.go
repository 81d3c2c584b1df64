package parser

// Detect returns the format that fits lines best: the one under which most
// lines parse fully, then most are requests at all, then the one with more
// fields that are used, then the first. fits is how many lines parse fully; ok
// is false where none is even a request.
func Detect(lines [][]byte, candidates []*Format) (best *Format, fits int, ok bool) {
	type score struct{ parsed, requests, fields int }
	var most score
	for _, candidate := range candidates {
		s := score{fields: candidate.measured()}
		p := candidate.NewParser()
		var e Entry
		for _, line := range lines {
			switch p.Parse(line, &e) {
			case Parsed:
				s.parsed++
				s.requests++
			case Partial:
				s.requests++
			}
		}
		better := s.parsed > most.parsed ||
			s.parsed == most.parsed && (s.requests > most.requests || s.requests == most.requests && s.fields > most.fields)
		if best == nil || better {
			best, most = candidate, s
		}
	}
	return best, most.parsed, most.requests > 0
}
