package parser

import "bytes"

// matcher is the first step for text: it finds where each variable of a format
// stands in a line.
//
// A format without its types is a pattern of literals with anything between
// them, which a line can often match in several ways: a user name may hold
// " [", a referer written with escape=none may hold a quote. Of the ways in
// which every value is possible for its variable, the one with the shortest
// first value counts, then the shortest second one, and so on.
type matcher struct {
	format *Format
	filler

	dead  []uint64 // places that search knows to lead nowhere: bit op*(len(line)+1)+position
	steps int      // how many more ends search may try
	far   Fault    // where the way that got furthest failed
}

// find returns where the value that starts at from ends, going by the first
// place at which the literal after it stands; -1 where that is nowhere.
func (o *op) find(line []byte, from int) int {
	literal := o.literal
	if o.width > 0 {
		if end := from + o.width; end+len(literal) <= len(line) && string(line[end:end+len(literal)]) == literal && literal != "" {
			return end
		}
	}
	switch len(literal) {
	case 0:
		return len(line)
	case 1:
		if i := bytes.IndexByte(line[from:], literal[0]); i >= 0 {
			return from + i
		}
		return -1
	}
	for {
		i := bytes.IndexByte(line[from:], literal[0])
		if i < 0 {
			return -1
		}
		from += i
		if len(line)-from < len(literal) {
			return -1
		}
		if string(line[from:from+len(literal)]) == literal {
			return from
		}
		from++
	}
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
		end := o.find(line, position)
		if end < 0 {
			return false
		}
		m.values[o.target] = line[position:end]
		if o.more != nil {
			m.set(o, line[position:end])
		}
		position = end + len(o.literal)
	}
	return position == len(line)
}
