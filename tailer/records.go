package tailer

import "bytes"

// recordReader cuts a JSON document into batches of records. The records are:
// the elements of an array; the elements of the first array of objects that an
// object holds; any other object. Such documents may follow one another, with
// or without commas between them.
//
// A document ends where it is no JSON: the rest is one broken record.
type recordReader struct {
	feed
	maxRecord int

	values  valueReader
	place   place
	wrapped bool         // the array that is being read is a member of an object
	tail    valueScanner // the rest of that object, behind the array
}

// place is a position in the grammar of a document.
type place uint8

const (
	atStart      place = iota // of the source
	betweenTexts              // outside of everything
	firstElement              // behind a "["
	nextElement               // behind a "," in an array
	afterElement              // behind an element of an array
	inTail                    // behind an array, in the object that wraps it
)

// stop is why split could not go on.
type stop uint8

const (
	atEdge    stop = iota // of what has been read
	atBroken              // what follows is no JSON
	atTooLong             // what follows is a record over the limit
)

// next fills b and reports whether there is more behind it.
func (r *recordReader) next(b *Batch) bool {
	b.document = true
	buffer := r.begin(b)
	for {
		buffer = r.fill(buffer)
		position, why := r.split(b, buffer)
		rest := buffer[position:]
		switch {
		case why == atEdge && r.end != nil && (len(rest) > 0 || r.isOpen() && r.failure() == nil):
			why = atBroken
		case why == atBroken && r.end == nil && len(rest) < headBytes:
			why = atEdge // the head that is shown must not depend on where blocks end
		}
		switch {
		case why == atBroken:
			b.setFlaw(Broken, r.received-int64(len(rest)), rest)
			r.place = betweenTexts
			r.seek(func([]byte) (int, bool) { return 0, false })
		case why == atTooLong:
			r.skip(b, rest)
		case r.end != nil:
			r.place = betweenTexts
		case len(b.ends) > 0:
			r.keep(rest)
		default: // no record yet: structure, or one that goes on
			buffer = r.widen(buffer[:copy(buffer, rest)], max(r.maxRecord, headBytes)+1+r.blockSize)
			continue
		}
		r.deliver(b, buffer, buffer)
		return r.end == nil || len(r.carry) > 0 || r.isOpen()
	}
}

// isOpen reports that the document must not end here.
func (r *recordReader) isOpen() bool { return r.place > betweenTexts }

// skip leaves out the record that rest begins with, which may go on in what
// has not been read yet.
func (r *recordReader) skip(b *Batch, rest []byte) {
	r.afterValue()
	var scanner valueScanner
	end, found := scanner.find(rest)
	b.setFlaw(TooLong, r.received-int64(len(rest)), rest[:end])
	if found {
		r.keep(rest[end:])
	} else if !r.seek(scanner.find) {
		r.place = betweenTexts // one flaw says it all
	}
}

// split adds the records in buffer to b. It returns where it stopped, and why.
func (r *recordReader) split(b *Batch, buffer []byte) (position int, why stop) {
	for {
		position += r.space(b, buffer[position:])
		if position == len(buffer) || r.place == atStart {
			return position, atEdge
		}
		if length, ok := r.structure(buffer[position:]); ok {
			position += length
			continue
		}
		if r.place == afterElement {
			return position, atBroken // neither "," nor "]"
		}
		rest := buffer[position:]
		length, wraps, err := r.measure(rest)
		switch {
		case length > r.maxRecord, err == errIncomplete && len(rest) > max(r.maxRecord, headBytes):
			return position, atTooLong
		case err == errIncomplete:
			return position, atEdge
		case wraps:
			r.place, r.wrapped = firstElement, true
			position += length
		case err != nil:
			return position, atBroken
		default:
			b.starts = append(b.starts, position)
			position += length
			b.ends = append(b.ends, position)
			r.afterValue()
		}
	}
}

// space returns the length of what may stand anywhere between two tokens, and
// of what may stand before the first.
func (r *recordReader) space(b *Batch, data []byte) int {
	length := 0
	if r.place == atStart {
		length = nulRun(data)
		text := data[length:]
		b.nulBytes += int64(length)
		switch {
		case bytes.HasPrefix(text, []byte(byteOrderMark)):
			length += len(byteOrderMark)
		case r.end == nil && bytes.HasPrefix([]byte(byteOrderMark), text):
			return length // it may become one
		}
		r.place = betweenTexts
	}
	for length < len(data) && (data[length] == ' ' || data[length] == '\n' || data[length] == '\r' || data[length] == '\t') {
		length++
	}
	return length
}

// structure takes what stands around records; ok is false where a record or
// something wrong follows.
func (r *recordReader) structure(data []byte) (length int, ok bool) {
	switch c := data[0]; {
	case r.place == inTail:
		length, found := r.tail.find(data)
		if found {
			r.place = betweenTexts
		}
		return length, true
	case c == '[' && r.place == betweenTexts:
		r.place, r.wrapped = firstElement, false
	case c == ',' && r.place == betweenTexts:
	case c == ',' && r.place == afterElement:
		r.place = nextElement
	case c == ']' && (r.place == firstElement || r.place == afterElement):
		r.afterArray()
	default:
		return 0, false
	}
	return 1, true
}

func (r *recordReader) afterArray() {
	r.place = betweenTexts
	if r.wrapped {
		r.place, r.tail = inTail, valueScanner{depth: 1, begun: true}
	}
}

func (r *recordReader) afterValue() {
	if r.place != betweenTexts {
		r.place = afterElement
	}
}

// measure returns the length of the value that data begins with, or of the
// start of an object that wraps records.
func (r *recordReader) measure(data []byte) (length int, wraps bool, err error) {
	if r.place == betweenTexts && data[0] == '{' {
		return r.values.object(data)
	}
	length, err = r.values.value(data)
	if length == len(data) && r.end == nil && data[0] != '{' && data[0] != '[' && data[0] != '"' {
		return 0, false, errIncomplete // a number may go on
	}
	return length, false, err
}
