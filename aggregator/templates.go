package aggregator

import "bytes"

// A path template is a request target without what makes it one of many, so
// that requests for the same kind of thing count together:
//
//   - the query and ";" parameters are dropped;
//   - an absolute URI is reduced to its path;
//   - a segment of digits becomes ":id", a UUID ":uuid", 8 or more hexadecimal
//     digits with a decimal digit among them ":hex", 20 or more of
//     [A-Za-z0-9_-] with letters and at least 4 digits ":token";
//   - what follows the 8th segment becomes "…".

const (
	maxSegments    = 8
	restOfSegments = "/…"
	uuidLength     = 36
)

// unreadablePath is the template of a request line that cannot be read.
const unreadablePath = "-"

// What a segment is made of, as a set of bits.
const (
	digit      = 1 << iota // 0-9
	hexLetter              // a-f A-F
	letter                 // g-z G-Z
	dash                   // -
	underscore             // _
	otherByte              // anything else
	segmentEnd             // / ? ;
)

var byteKinds = makeByteKinds()

func makeByteKinds() (kinds [256]uint8) {
	for c := range kinds {
		switch b := byte(c); {
		case b >= '0' && b <= '9':
			kinds[c] = digit
		case b|0x20 >= 'a' && b|0x20 <= 'f':
			kinds[c] = hexLetter
		case b|0x20 >= 'g' && b|0x20 <= 'z':
			kinds[c] = letter
		case b == '-':
			kinds[c] = dash
		case b == '_':
			kinds[c] = underscore
		case b == '/' || b == '?' || b == ';':
			kinds[c] = segmentEnd
		default:
			kinds[c] = otherByte
		}
	}
	return kinds
}

// template returns the path template of a request target: a part of target where
// that is all it takes, else in scratch, which it returns for the next call.
func template(target, scratch []byte) (path, _ []byte) {
	target = pathOf(target)
	kept := 0 // target[:kept] is in scratch, or stands for itself where that is empty
	changed := false
	scratch = scratch[:0]
	at := 0
	for segments := 0; ; segments++ {
		if at < len(target) && target[at] == '/' {
			if segments == maxSegments {
				scratch = append(append(scratch, target[kept:at]...), restOfSegments...)
				return scratch, scratch
			}
			at++
		}
		start, kinds := at, uint8(0)
		for at < len(target) {
			kind := byteKinds[target[at]]
			if kind == segmentEnd {
				break
			}
			kinds |= kind
			at++
		}
		if kinds&digit != 0 || at-start == uuidLength {
			if name := segmentName(target[start:at], kinds); name != "" {
				scratch = append(append(scratch, target[kept:start]...), name...)
				kept, changed = at, true
			}
		}
		if at < len(target) && target[at] == ';' {
			scratch = append(scratch, target[kept:at]...)
			at += len(target[at:]) - len(skipParameters(target[at:]))
			kept, changed = at, true
		}
		if at == len(target) || target[at] == '?' {
			if !changed {
				return target[:at], scratch
			}
			scratch = append(scratch, target[kept:at]...)
			return scratch, scratch
		}
	}
}

// pathOf returns target from its path on: an absolute URI loses its scheme and
// authority. Everything else (a path, "*", the authority of a CONNECT) stays.
func pathOf(target []byte) []byte {
	if len(target) > 0 && target[0] == '/' {
		return target
	}
	scheme := bytes.Index(target, []byte("://"))
	if scheme < 0 || bytes.IndexByte(target[:scheme], '/') >= 0 || bytes.IndexByte(target[:scheme], '?') >= 0 {
		return target
	}
	authority := target[scheme+len("://"):]
	if path := bytes.IndexAny(authority, "/?"); path >= 0 && authority[path] == '/' {
		return authority[path:]
	}
	return []byte("/")
}

// skipParameters drops the ";" parameters of a segment.
func skipParameters(rest []byte) []byte {
	if end := bytes.IndexAny(rest, "/?"); end >= 0 {
		return rest[end:]
	}
	return nil
}

// segmentName returns the name that stands for segment, or "" where the
// segment stands for itself.
func segmentName(segment []byte, kinds uint8) string {
	const word = digit | hexLetter | letter | dash | underscore
	switch {
	case kinds == digit:
		return ":id"
	case kinds&^word != 0 || len(segment) < 8:
		return ""
	case len(segment) == uuidLength && kinds&^(digit|hexLetter|dash) == 0 && isUUID(segment):
		return ":uuid"
	case kinds&digit != 0 && kinds&^(digit|hexLetter) == 0:
		return ":hex"
	case len(segment) >= 20 && kinds&(hexLetter|letter) != 0 && kinds&digit != 0 && countDigits(segment) >= 4:
		return ":token"
	}
	return ""
}

// isUUID reports whether a segment of 36 hexadecimal digits and dashes has its
// dashes where a UUID has them.
func isUUID(segment []byte) bool {
	for i, b := range segment {
		if (b == '-') != (i == 8 || i == 13 || i == 18 || i == 23) {
			return false
		}
	}
	return true
}

func countDigits(segment []byte) (n int) {
	for _, b := range segment {
		if b >= '0' && b <= '9' {
			n++
		}
	}
	return n
}
