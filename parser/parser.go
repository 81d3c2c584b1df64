package parser

import "unsafe"

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
		p.fault = p.text.oddity(line)
	case result == Partial:
		p.fault = Fault{Reason: ReasonFormat, Text: line, Want: "BUG: a line that can be read"}
	default:
		return Parsed
	}
	return Partial
}

// oddity says what fill left out.
func (p *filler) oddity(line []byte) Fault {
	if p.lists {
		list := p.values[upstreamAddr]
		return Fault{Reason: ReasonLists, Variable: variableOf(upstreamAddr), Offset: offsetIn(line, list), Text: list,
			Want: "as many elements in every $upstream_ list"}
	}
	f := p.odd.first()
	return Fault{Reason: variableOf(f), Variable: variableOf(f), Offset: offsetIn(line, p.values[f]), Text: p.values[f], Want: expectation(f)}
}

// offsetIn returns where part, a slice of line, begins in it.
func offsetIn(line, part []byte) int {
	offset := uintptr(unsafe.Pointer(unsafe.SliceData(part))) - uintptr(unsafe.Pointer(unsafe.SliceData(line)))
	return min(int(offset), len(line))
}

// Fault says what was wrong with the last line that was not Parsed. It aliases
// the line.
func (p *Parser) Fault() Fault { return p.fault }
