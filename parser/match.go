package parser

// matcher is the first step for text: it finds where each variable of a format
// stands in a line.
//
// A format without its types is a pattern of literals with anything between
// them, which a line can often match in several ways: a user name may hold
// " [", a referer written with escape=none may hold a quote. Of the ways in
// which every value is possible for its variable, the one with the shortest
// first value counts, then the shortest second one, and so on. A value that a
// quote ends has no quote of its own that is not escaped, unless nothing is.
type matcher struct {
	format *Format
	filler
	marks

	dead  []uint64 // places that search knows to lead nowhere: bit op*(len(line)+1)+position
	steps int      // how many more ends search may try
	far   failure  // where the way that got furthest failed
}

// put keeps the value of a variable, line[start:end].
func (m *matcher) put(o *op, start, end int) {
	m.set(o.target, start, end)
	for _, target := range o.more {
		m.set(target, start, end)
	}
}

// matchFirst matches a line by the first place of every literal. Where all
// values then turn out to be possible, that is the way that counts.
func (m *matcher) matchFirst(line []byte) bool {
	f := m.format
	if !f.lead.at(line) {
		return false
	}
	m.index(line, '"', ' ')
	position := len(f.lead.text)
	for i := range f.ops {
		o := &f.ops[i]
		end := position + o.width
		switch {
		case o.width > 0 && end <= len(line) && o.literal.at(line[end:]):
		case o.literal.start == quoteStart:
			if end = m.nextQuote(line, position); end < 0 || !o.literal.at(line[end:]) {
				return false
			}
		case o.literal.start == spaceStart:
			if end = m.nextSpace(line, position, &o.literal); end < 0 {
				return false
			}
		default:
			if end = o.literal.find(line, position); end < 0 {
				return false
			}
		}
		if o.field == oneWord && !isOneWord(line[position:end]) {
			return false // fill does not look at it
		}
		m.set(o.target, position, end)
		if len(o.more) > 0 {
			m.put(o, position, end)
		}
		position = end + len(o.literal.text)
	}
	return position == len(line)
}

// nextQuote returns the place of the first quote at or after from that is not
// escaped, or -1.
func (m *matcher) nextQuote(line []byte, from int) int {
	end := m.first.next(from)
	for end >= 0 && escaped(line, end) {
		end = m.first.next(end + 1)
	}
	return end
}

// nextSpace returns the first place at or after from where the literal, which
// starts with a space, stands, or -1.
func (m *matcher) nextSpace(line []byte, from int, l *literal) int {
	end := m.second.next(from)
	for end >= 0 && !l.at(line[end:]) {
		end = m.second.next(end + 1)
	}
	return end
}
