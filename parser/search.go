package parser

import (
	"bytes"
)

// maxSteps bounds what is tried for one line, in ends and in stepBytes looked at
// for them and in them: a hostile line can make every byte a place to come back
// to.
const (
	maxSteps  = 1 << 17
	stepBytes = 64
)

// matchSlow matches a line that matchFirst and fill cannot read, because a value
// holds a literal or because the line is odd: as a whole, or as far as it is a
// request, or that with impossible values in it. What follows and does not match
// is left out; trailing tells so.
func (m *matcher) matchSlow(line []byte) (result Result, trailing bool) {
	f := m.format
	m.clear()
	m.far = failure{}
	if !bytes.HasPrefix(line, []byte(f.lead.text)) {
		m.far = failure{reason: ReasonFormat, variable: f.ops[0].variable, end: len(line), want: wantStart, literal: f.lead.text}
		return Unparsed, false
	}
	whole := search{matcher: m, line: line, ops: f.ops, strict: true, whole: true}
	if _, ok := whole.run(); ok {
		return Parsed, false
	}
	for _, strict := range [...]bool{true, false} {
		m.clear() // of what a way that led nowhere has left
		start := search{matcher: m, line: line, ops: f.ops[:f.prefix], strict: strict}
		if end, ok := start.run(); ok {
			return Partial, m.matchRest(line, end)
		}
	}
	return Unparsed, false
}

// search looks for the way through a line that counts: depth first over the
// ends of values, shortest first, visiting no place twice.
type search struct {
	*matcher
	line   []byte
	ops    []op
	strict bool // values have to be possible; otherwise the status alone
	whole  bool // the last literal has to end the line
}

// run returns where the last value ends.
func (s *search) run() (end int, ok bool) {
	words := (len(s.ops)*(len(s.line)+1) + 63) / 64
	if cap(s.dead) < words {
		s.dead = make([]uint64, words)
	}
	s.dead = s.dead[:words]
	clear(s.dead)
	s.steps = maxSteps
	return s.from(0, len(s.format.lead.text))
}

// from matches ops[i:] from position on.
func (s *search) from(i, position int) (end int, ok bool) {
	place := i*(len(s.line)+1) + position
	if s.dead[place/64]>>(place%64)&1 != 0 {
		return 0, false
	}
	o := &s.ops[i]
	last := i == len(s.ops)-1
	end = s.nextEnd(o, last, position, position)
	if end < 0 {
		s.note(o, position, len(s.line), wantLiteral)
	}
	for ; end >= 0; end = s.nextEnd(o, last, position, end+1) {
		value := s.line[position:end]
		if s.steps -= 1 + len(value)/stepBytes; s.steps < 0 {
			return 0, false
		}
		behind := end + len(o.literal.text)
		switch {
		case !s.possible(o, value):
			s.note(o, position, end, wantPossible)
			if s.strict && hopeless(o.field, value) {
				end = len(s.line)
			}
			continue
		case last && s.whole && behind < len(s.line):
			s.note(o, behind, len(s.line), wantEnd)
			continue
		}
		s.put(o, position, end)
		if last {
			return end, true
		}
		if end, ok := s.from(i+1, behind); ok {
			return end, true
		}
	}
	s.dead[place/64] |= 1 << (place % 64)
	return 0, false
}

// nextEnd returns the next place, at or after from, where a value of o that
// starts at start can end; -1 where there is none.
func (s *search) nextEnd(o *op, last bool, start, from int) int {
	if from > len(s.line) {
		return -1
	}
	if last && !s.whole && o.field == statusField {
		if from > start {
			return -1
		}
		return s.statusEnd(o, start)
	}
	if o.literal.text == "" {
		return len(s.line)
	}
	if o.literal.start == quoteStart && from > start {
		return -1 // the end tried before was the only one
	}
	end := o.literal.find(s.line, from)
	looked := end - from
	if end < 0 {
		looked = len(s.line) - from
	}
	s.steps -= looked / stepBytes
	return end
}

// statusEnd returns where the status that starts at start ends, whatever
// follows it; -1 where there is none.
func (s *search) statusEnd(o *op, start int) int {
	rest := s.line[start:]
	digits := 0
	for digits < len(rest) && rest[digits]-'0' <= 9 {
		digits++
	}
	switch {
	case digits == 3:
		return start + digits
	case digits == 0 && len(rest) > 0 && rest[0] == '-' && o.endsAt(rest[1:]):
		return start + 1
	case digits == 0 && o.endsAt(rest) && (len(rest) > 0 || o.literal.text == ""):
		return start
	}
	return -1
}

// endsAt reports whether a value can end before rest: where the line does, or
// where the literal stands.
func (o *op) endsAt(rest []byte) bool {
	return len(rest) == 0 || o.literal.text != "" && bytes.HasPrefix(rest, []byte(o.literal.text))
}

// possible reports whether a value is one that the variable can have.
func (s *search) possible(o *op, value []byte) bool {
	if !s.strict && o.field != statusField {
		return true
	}
	return possible(o.field, value)
}

// note keeps the failure that got furthest into the line.
func (s *search) note(o *op, start, end int, want want) {
	if s.far.reason == "" || start > s.far.start {
		s.far = o.failure(start, end, want)
	}
}

// failure says that what was wanted of o is not at line[start:end].
func (o *op) failure(start, end int, want want) failure {
	return failure{reason: ReasonFormat, variable: o.variable, start: start, end: end, want: want, field: o.field, literal: o.literal.text}
}

// matchRest matches what follows the request's last value, as far as it goes,
// without coming back. It reports whether something is left that does not match.
func (m *matcher) matchRest(line []byte, end int) (trailing bool) {
	ops := m.format.ops[m.format.prefix-1:]
	for i := range ops {
		o := &ops[i]
		if !bytes.HasPrefix(line[end:], []byte(o.literal.text)) {
			m.far = o.failure(end, len(line), wantLiteral)
			return true
		}
		position := end + len(o.literal.text)
		if i == len(ops)-1 {
			m.far = o.failure(position, len(line), wantEnd)
			return position < len(line)
		}
		next := &ops[i+1]
		if end = next.firstPossible(line, position); end < 0 {
			m.far = next.failure(position, len(line), wantLiteral)
			return true
		}
		m.put(next, position, end)
	}
	return false
}

// firstPossible returns the first end of a value that is possible, else the
// first end, else -1. A value that nothing follows in the format may also end at
// a space, with text behind it that is not of the format.
func (o *op) firstPossible(line []byte, from int) int {
	first := o.literal.find(line, from)
	for end := first; end >= 0; end = o.literal.find(line, end+1) {
		if possible(o.field, line[from:end]) {
			return end
		}
		if o.literal.text == "" {
			if word := bytes.IndexByte(line[from:], ' '); word > 0 && possible(o.field, line[from:from+word]) {
				return from + word
			}
			break
		}
		if o.literal.start == quoteStart {
			break
		}
	}
	return first
}
