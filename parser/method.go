package parser

import "bytes"

// Method is an HTTP method by number, so that it can index a table.
type Method uint8

// The methods that are told apart: those of RFC 9110 and PATCH (RFC 5789), any
// other one that is well formed, and none (an empty or binary request line).
const (
	NoMethod Method = iota
	OtherMethod
	MethodGet
	MethodHead
	MethodPost
	MethodPut
	MethodDelete
	MethodConnect
	MethodOptions
	MethodTrace
	MethodPatch

	Methods // how many there are
)

var methodNames = [Methods]string{
	"-", "other", "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
}

// String returns the method's name, "other" or "-".
func (m Method) String() string { return methodNames[m] }

// ParseMethod is the reverse of String; ok is false for any other text.
func ParseMethod(name string) (m Method, ok bool) {
	for m, known := range methodNames {
		if name == known {
			return Method(m), true
		}
	}
	return NoMethod, false
}

// methodOf returns the method that word is: what nginx accepts as one, letters
// in upper case, "_" and "-".
func methodOf(word []byte) Method {
	if string(word) == "GET" {
		return MethodGet
	}
	if len(word) == 0 {
		return NoMethod
	}
	for _, c := range word {
		if (c < 'A' || c > 'Z') && c != '_' && c != '-' {
			return NoMethod
		}
	}
	switch string(word) {
	case "HEAD":
		return MethodHead
	case "POST":
		return MethodPost
	case "PUT":
		return MethodPut
	case "DELETE":
		return MethodDelete
	case "CONNECT":
		return MethodConnect
	case "OPTIONS":
		return MethodOptions
	case "TRACE":
		return MethodTrace
	case "PATCH":
		return MethodPatch
	}
	return OtherMethod
}

// splitRequest takes a request line apart. An unreadable one (empty, "-", a TLS
// hello on the plain port) has no method and no target. Spaces may stand in the
// target, and HTTP/0.9 has no protocol.
func splitRequest(request []byte) (method Method, target []byte) {
	space := bytes.IndexByte(request, ' ')
	if space <= 0 {
		return NoMethod, nil
	}
	if method = methodOf(request[:space]); method == NoMethod {
		return NoMethod, nil
	}
	target = request[space+1:]
	const protocol = " HTTP/1.1"
	if n := len(target) - len(protocol); n >= 0 && string(target[n:n+6]) == protocol[:6] && target[n+6] != ' ' && target[n+7] == '.' && target[n+8] != ' ' {
		target = target[:n]
	} else if n := bytes.LastIndexByte(target, ' '); n >= 0 && bytes.HasPrefix(target[n:], []byte(" HTTP/")) {
		target = target[:n]
	}
	if len(target) == 0 {
		return method, nil
	}
	return method, target
}
