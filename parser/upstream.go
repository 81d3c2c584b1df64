package parser

import "bytes"

// nginx's $upstream_* variables are lists, one element for each attempt:
//
//	10.0.0.1:80, 10.0.0.2:80 : 10.1.0.1:80
//
// ", " stands between attempts in one server group and " : " before the
// attempts in the next group, to which an internal redirect led. All lists of a
// line are aligned by index. An element may be empty, also the last; "-" is what
// was not measured; a bare name instead of an address is a group in which no
// server could be picked.

// separator is what follows an element of a list.
type separator uint8

const (
	endOfList separator = iota
	nextAttempt
	nextGroup
)

// cutElement splits the first element off a list.
func cutElement(list []byte) (element, rest []byte, after separator) {
	for i, c := range list {
		switch c {
		case ',':
			if i+1 < len(list) && list[i+1] == ' ' {
				return list[:i], list[i+2:], nextAttempt
			}
		case ' ':
			if i+2 < len(list) && list[i+1] == ':' && list[i+2] == ' ' {
				return list[:i], list[i+3:], nextGroup
			}
		}
	}
	return list, nil, endOfList
}

// isServer reports whether an element of $upstream_addr is the address of a
// server: IP:port, [IPv6]:port, name:port or unix:path.
func isServer(element []byte) bool {
	if bytes.HasPrefix(element, []byte("unix:")) {
		return true
	}
	port := len(element)
	for port > 0 && element[port-1]-'0' <= 9 {
		port--
	}
	return port < len(element) && port > 1 && element[port-1] == ':'
}

// newAttempt returns an attempt of which only the server is known.
func newAttempt(server []byte) Attempt {
	return Attempt{Server: server, Status: Absent, ConnectTime: Absent, HeaderTime: Absent, ResponseTime: Absent}
}

// readServers reads $upstream_addr into e.Attempts, and for each of its
// elements the index of its attempt, or -1, into places;
// odd tells that an element is neither an address nor a name.
func readServers(list []byte, e *Entry, places []int) (_ []int, odd bool) {
	inGroup := 0 // attempts in the current group
	for after := nextAttempt; after != endOfList; {
		var element []byte
		element, list, after = cutElement(list)
		place := -1
		switch {
		case !isOneWord(element):
			odd = true
		case isServer(element):
			place = len(e.Attempts)
			e.Attempts = append(e.Attempts, newAttempt(element))
			if inGroup++; inGroup > 1 {
				e.Retried = true
			}
		case present(element) != nil:
			e.NoLiveUpstream = true
		}
		places = append(places, place)
		if after == nextGroup {
			e.Redirected = true
			inGroup = 0
		}
	}
	return places, odd
}

// countElements returns how many elements a list has.
func countElements(list []byte) (n int) {
	for after := nextAttempt; after != endOfList; n++ {
		_, list, after = cutElement(list)
	}
	return n
}

// readList sets a field of the attempts from a list that has one element for
// each of places. It reports whether every element could be read.
// none takes what elements that are no attempt say: that is only checked.
func readList(list []byte, attempts []Attempt, none *Attempt, places []int, set func(*Attempt, []byte) bool) (ok bool) {
	ok = true
	for _, place := range places {
		var element []byte
		element, list, _ = cutElement(list)
		attempt := none
		if place >= 0 {
			attempt = &attempts[place]
		}
		if present(element) != nil && !set(attempt, element) {
			ok = false
		}
	}
	return ok
}

func setStatus(a *Attempt, element []byte) bool {
	status, ok := parseStatus(element)
	if ok {
		a.Status = status
	}
	return ok
}

func setConnectTime(a *Attempt, element []byte) bool {
	return setTime(&a.ConnectTime, element)
}

func setHeaderTime(a *Attempt, element []byte) bool {
	return setTime(&a.HeaderTime, element)
}

func setResponseTime(a *Attempt, element []byte) bool {
	return setTime(&a.ResponseTime, element)
}

func setTime(field *int64, element []byte) bool {
	ms, ok := parseLatency(element)
	if ok {
		*field = ms
	}
	return ok
}
