package parser

// Parser reads the lines of one format. It has scratch space and belongs to one
// goroutine.
type Parser struct {
	format *Format
	text   matcher
	json   *jsonReader // nil for text
	fault  Fault
}

// NewParser returns a parser of the format's lines.
func (f *Format) NewParser() *Parser {
	p := &Parser{format: f}
	if f.keys != nil {
		p.json = newJSONReader(f)
		return p
	}
	p.text = matcher{format: f, filler: newFiller(&f.options)}
	return p
}

// Parse refills e from a line without its line ending. Unless the result is
// Unparsed, e is a request; its byte fields alias the line.
func (p *Parser) Parse(line []byte, e *Entry) Result {
	if len(line) == 0 {
		p.fault = Fault{Reason: ReasonEmpty, Want: "a request"}
		return Unparsed
	}
	e.Escape = p.format.options.Escape
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
	if result == Unparsed {
		p.fault = p.text.far
		return Unparsed
	}
	filled := p.text.fill(e)
	switch {
	case trailing:
		p.fault = p.text.far
		p.fault.Reason = ReasonTrailing
	case !filled:
		p.fault = p.text.oddity()
	case result == Partial:
		p.fault = Fault{Reason: ReasonFormat, Text: line, Want: "BUG: a line that can be read"}
	default:
		return Parsed
	}
	return Partial
}

// oddity says what fill left out.
func (p *filler) oddity() Fault {
	f, reason, want := upstreamAddr, ReasonLists, "as many elements in every $upstream_ list"
	if !p.lists {
		f = p.odd.first()
		reason, want = variableOf(f), expectation(f)
	}
	return Fault{Reason: reason, Variable: variableOf(f), Offset: int(p.spans[f].start), Text: p.get(f), Want: want}
}

// Fault says what was wrong with the last line that was not Parsed. It aliases
// the line.
func (p *Parser) Fault() Fault { return p.fault }
