package parser

// matcher is the first step for text: it finds where each variable of a format
// stands in a line.
//
// A format without its types is a pattern of literals with anything between
// them, which a line can often match in several ways: a user name may hold
// " [", a referer written with escape=none may hold a quote. Of the ways in
// which every value is possible for its variable, the one with the shortest
// first value counts, then the shortest second one, and so on. A value that a
// quote ends has no quote of its own, unless nothing is escaped or a backslash
// stands before it.
type matcher struct {
	format *Format
	filler

	dead  []uint64 // places that search knows to lead nowhere: bit op*(len(line)+1)+position
	steps int      // how many more ends search may try
	far   Fault    // where the way that got furthest failed
}

// set keeps the value of a variable.
func (m *matcher) set(o *op, value []byte) {
	m.values[o.target] = value
	for _, target := range o.more {
		m.values[target] = value
	}
}

// matchFirst matches a line by the first place of every literal. Where all
// values then turn out to be possible, that is the way that counts.
func (m *matcher) matchFirst(line []byte) bool {
	f := m.format
	if len(line) < len(f.lead) || string(line[:len(f.lead)]) != f.lead {
		return false
	}
	position := len(f.lead)
	for i := range f.ops {
		o := &f.ops[i]
		end := position + o.width
		if o.width == 0 || !o.literal.at(line, end) {
			if end = o.literal.find(line, position); end < 0 {
				return false
			}
		}
		m.values[o.target] = line[position:end]
		if o.more != nil {
			m.set(o, line[position:end])
		}
		position = end + len(o.literal.text)
	}
	return position == len(line)
}
