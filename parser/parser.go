package parser

import "slices"

// Parser reads the lines of one format. It has scratch space and belongs to one
// goroutine.
type Parser struct {
	format  *Format
	text    matcher
	json    *jsonReader // nil for text
	failure failure     // of the last line that was not Parsed
	line    []byte      // that line
}

// NewParser returns a parser of the format's lines.
func (f *Format) NewParser() *Parser {
	p := &Parser{format: f}
	if f.keys != nil {
		p.json = newJSONReader(f)
		return p
	}
	p.text = matcher{format: f, filler: newFiller(&f.options)}
	p.text.upstream = slices.ContainsFunc(f.ops, func(o op) bool { return o.field >= upstreamAddr && o.field <= upstreamCacheStatus })
	return p
}

// Parse refills e from a line without its line ending. Unless the result is
// Unparsed, e is a request; its byte fields alias the line.
func (p *Parser) Parse(line []byte, e *Entry) Result {
	if len(line) == 0 {
		p.line, p.failure = line, failure{reason: ReasonEmpty}
		return Unparsed
	}
	e.Escape = p.format.options.Escape
	e.VariantEscape = e.Escape
	if p.json != nil {
		return p.parseJSON(line, e)
	}
	p.text.line = line
	if p.text.matchFirst(line) && p.text.fill(e) {
		return Parsed
	}
	return p.parseSlow(line, e)
}

func (p *Parser) parseSlow(line []byte, e *Entry) Result {
	result, trailing := p.text.matchSlow(line)
	p.line, p.failure = line, p.text.far
	if result == Unparsed {
		return Unparsed
	}
	filled := p.text.fill(e)
	switch {
	case trailing:
		p.failure.reason = ReasonTrailing
	case !filled:
		p.failure = p.text.oddity()
	case result == Parsed:
		return Parsed
	}
	return Partial
}

// oddity says what fill left out.
func (p *filler) oddity() failure {
	f, want := upstreamAddr, wantLists
	reason := ReasonLists
	if !p.lists {
		f, want = p.odd.first(), wantPossible
		reason = variableOf(f)
	}
	s := p.spans[f]
	return failure{reason: reason, variable: variableOf(f), start: int(s.start), end: int(s.stop) - 1, want: want, field: f}
}

// Reason returns what the last line that was not Parsed is counted under.
func (p *Parser) Reason() string { return p.failure.reason }

// Fault says what was wrong with that line, which it aliases.
func (p *Parser) Fault() Fault { return p.failure.fault(p.line) }
