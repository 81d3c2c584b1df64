package loggen

// badKind is a way in which a line is not what the format says.
type badKind int

const (
	emptyLine    badKind = iota // nothing but the newline
	garbageLine                 // something else altogether
	cutLine                     // cut before the status, or JSON cut anywhere
	oddNumberBad                // an impossible number: the request is one all the same
	unclosedBad                 // text without its last quote: likewise

	badKinds
)

// oddNumber is no value of any variable that is a number.
const oddNumber = "0x1f"

// garbage is what else may be found in a log.
const garbage = "2026/03/01 10:00:00 [alert] worker process 4711 exited on signal 9"

// badLine appends a line without newline that is not what the format says, and
// adds what can be known of it to the truth.
func (g *Generator) badLine(dst []byte) []byte {
	kind := badKind(g.random.below(int(badKinds)))
	if kind <= garbageLine {
		if kind == emptyLine {
			return g.unparsed(dst, "empty")
		}
		return g.unparsed(append(dst, garbage...), g.truth.formatReason())
	}
	start := len(dst)
	g.fill(&g.record)
	// Whether upstream fields are absent from a cut line that has none anyway
	// is a matter of opinion: do not go there. JSON cannot lack a quote.
	if kind == unclosedBad && (g.format == JSON || g.format == Extended && len(g.record.elements) == 0) {
		kind = oddNumberBad
	}
	g.record.oddField = kind == oddNumberBad
	dst = g.write(dst, &g.record)
	switch kind {
	case cutLine:
		end := g.requestStart + min(len(g.record.request), 5)
		if g.format == JSON {
			end = start + (len(dst)-start)/2
		}
		return g.unparsed(dst[:end], g.truth.formatReason())
	case unclosedBad:
		dst = dst[:len(dst)-1]
		g.truth.reasons["trailing"]++
	case oddNumberBad:
		g.truth.reasons[g.truth.oddVariable()]++
	}
	g.truth.partial++
	g.truth.add(&g.record)
	return dst
}

// unparsed counts a line that is no request.
func (g *Generator) unparsed(line []byte, reason string) []byte {
	g.truth.unparsed++
	g.truth.reasons[reason]++
	return line
}
