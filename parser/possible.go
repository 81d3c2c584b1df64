package parser

import "bytes"

// possible reports whether value is one that the variable of field f can have.
// fill can read exactly these.
func possible(f field, value []byte) bool {
	if present(value) == nil {
		return true
	}
	ok := true
	switch f {
	case remoteAddr:
		ok = bytes.IndexByte(value, ' ') < 0
	case statusField:
		_, ok = parseStatus(value)
	case msec, timeISO8601Field, timeLocalField, anyTime:
		_, ok = timeParser(f)(value)
	case bodyBytesSent, bytesSent:
		_, ok = parseDigits(value)
	case requestTime:
		_, ok = parseLatency(value)
	case upstreamCacheStatus, oneWord:
		ok = isOneWord(value)
	case upstreamAddr:
		ok = everyElement(value, isOneWord)
	case upstreamStatus:
		ok = everyElement(value, func(element []byte) bool { _, ok := parseStatus(element); return ok })
	case upstreamConnectTime, upstreamHeaderTime, upstreamResponseTime:
		ok = everyElement(value, func(element []byte) bool { _, ok := parseLatency(element); return ok })
	}
	return ok
}

// hopeless reports whether no value of field f begins like this one, which is
// not possible itself.
func hopeless(f field, value []byte) bool {
	switch f {
	case remoteAddr, oneWord:
		return true // it has a space, or a comma
	case statusField, bodyBytesSent, bytesSent, requestTime:
		return len(bytes.Trim(value, "0123456789.")) > 0
	}
	return false
}

// timeParser returns what reads the times of f.
func timeParser(f field) func([]byte) (int64, bool) {
	switch f {
	case msec:
		return parseEpoch
	case timeLocalField:
		return parseTimeLocal
	case anyTime:
		return parseAnyTime
	}
	return parseTimeISO8601
}

// everyElement reports whether each element of an upstream list is absent or ok.
func everyElement(list []byte, ok func([]byte) bool) bool {
	for after := nextAttempt; after != endOfList; {
		var element []byte
		element, list, after = cutElement(list)
		if present(element) != nil && !ok(element) {
			return false
		}
	}
	return true
}

// isOneWord reports whether an element of a list can be an address or a word.
func isOneWord(element []byte) bool {
	return bytes.IndexByte(element, ' ') < 0 && bytes.IndexByte(element, ',') < 0
}
