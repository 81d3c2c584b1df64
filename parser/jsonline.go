package parser

import "bytes"

// jsonReader is the first step for JSON: it finds the values of the keys that
// are wanted. Three readers stand behind each other. scan is ours, fast, and
// knows the flat objects that nginx writes; what it does not know goes to sonic,
// which knows JSON; what is not JSON goes to repair, which knows what hand-made
// formats produce.
type jsonReader struct {
	filler
	marks
	keys   *keyTable
	layout layout
	sonic  sonicDecoder

	size      int    // of the line that is read, without what putCopy put behind it
	longer    []byte // the line with that
	stale     bool   // values hold more than the keys of layout
	repairing bool   // the last line needed repair: try that before sonic
}

func newJSONReader(f *Format) *jsonReader {
	return &jsonReader{
		filler: newFiller(&f.options),
		keys:   f.keys,
		sonic:  newSonicDecoder(f.keys),
	}
}

func (p *Parser) parseJSON(line []byte, e *Entry) Result {
	r := p.json
	if !r.read(line) {
		p.fault = Fault{Reason: ReasonJSON, Text: line, Want: "a JSON object"}
		return Unparsed
	}
	if !r.has(statusField) && !r.has(request) && !r.has(requestMethod) {
		p.fault = Fault{Reason: ReasonJSON, Text: line, Want: "an object with a status, a request or a request_method"}
		return Unparsed
	}
	if r.fill(e) {
		return Parsed
	}
	p.fault = r.oddity()
	return Partial
}

// read sets values from the object on the line; it reports false where there is
// none.
func (r *jsonReader) read(line []byte) bool {
	r.line = line
	if r.scan(line) {
		return true
	}
	r.stale = true
	return r.readSlow(line)
}

func (r *jsonReader) readSlow(line []byte) bool {
	line = bytes.TrimSpace(bytes.TrimPrefix(line, []byte("\ufeff")))
	if len(line) == 0 || line[0] != '{' {
		return false
	}
	r.line, r.size = line, len(line)
	if r.repairing {
		if ok, repaired := r.repair(line); ok && repaired {
			return true
		}
	}
	r.repairing = false
	if r.decode(line) {
		return true
	}
	r.repairing, _ = r.repair(line)
	return r.repairing
}

// put keeps the value of a key, r.line[start:end].
func (r *jsonReader) put(key *jsonKey, start, end int) {
	r.set(key.target, start, end)
	for _, target := range key.more {
		r.set(target, start, end)
	}
}
