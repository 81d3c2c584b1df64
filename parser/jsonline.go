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
	ranks  [maxFields]uint8 // of the key that each value is from, plus 1; 0 is none
	layout layout
	sonic  sonicDecoder

	stale     bool // values hold more than the keys of layout
	repairing bool // the last line needed repair: try that before sonic
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
	p.line = line
	if !r.read(line) {
		p.failure = failure{reason: ReasonJSON, end: len(line), want: wantObject}
		return Unparsed
	}
	if !r.has(statusField) && !r.has(request) && !r.has(requestMethod) {
		p.failure = failure{reason: ReasonJSON, end: len(line), want: wantKeys}
		return Unparsed
	}
	if r.fill(e) {
		return Parsed
	}
	p.line, p.failure = r.line, r.oddity()
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
	line = bytes.TrimLeft(bytes.TrimPrefix(line, []byte("\ufeff")), " \t\r\n")
	if len(line) == 0 || line[0] != '{' {
		return false
	}
	r.line = line
	if r.repairing {
		if ok, repaired := r.repair(line); ok && repaired {
			return true
		}
	}
	r.repairing = false
	if r.decode(line) {
		return true
	}
	ok, repaired := r.repair(line)
	r.repairing = ok && repaired
	return r.repairing
}

// reset forgets all values.
func (r *jsonReader) reset() {
	r.clear()
	clear(r.ranks[:])
}

// put keeps a value, r.line[start:end], unless a better key gave one. Of equal
// keys the last counts.
func (r *jsonReader) put(places []place, start, end int) {
	for _, p := range places {
		if rank := &r.ranks[p.target%maxFields]; *rank == 0 || p.rank < *rank {
			*rank = p.rank + 1
			r.set(p.target, start, end)
		}
	}
}

// putRaw keeps a raw value, r.line[start:end], of a key, and what is wanted of
// the object that it is. An object or an array itself is no value, null is an
// empty one.
func (r *jsonReader) putRaw(places []place, nested []nestedPath, start, end int) {
	switch raw := r.line[start:end]; raw[0] {
	case '"':
		r.put(places, start+1, end-1)
	case '{':
		r.putNested(nested, start, end)
	case '[':
	default:
		if string(raw) == "null" {
			end = start
		}
		r.put(places, start, end)
	}
}

// putNested keeps what is wanted of the object r.line[start:end], which is
// valid.
func (r *jsonReader) putNested(paths []nestedPath, start, end int) {
	for i := range paths {
		if from, to := memberAt(r.line[:end], start, paths[i].steps); from < to {
			r.putRaw(paths[i].places, nil, from, to)
		}
	}
}

// memberAt returns where the value at a path of keys stands in the object that
// starts at start; from equals to where it has none. Of equal keys the last
// counts.
func memberAt(line []byte, start int, steps []string) (from, to int) {
	if line[start] != '{' {
		return start, start
	}
	for position := start + 1; ; position++ {
		name, next := keyAt(line, skipSpace(line, position))
		if next == 0 {
			return from, to
		}
		value := skipSpace(line, next)
		end, _ := repairedEnd(line, value)
		if end < 0 {
			return from, to
		}
		if string(name) == steps[0] {
			from, to = value, value+len(bytes.TrimRight(line[value:end], " \t\r\n"))
			if len(steps) > 1 {
				from, to = memberAt(line[:end], value, steps[1:])
			}
		}
		if position = skipSpace(line, end); position >= len(line) || line[position] != ',' {
			return from, to
		}
	}
}
