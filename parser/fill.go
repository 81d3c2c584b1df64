package parser

import "bytes"

// fieldSet is a set of fields.
type fieldSet uint64

func (s fieldSet) has(f field) bool { return s>>f&1 != 0 }
func (s *fieldSet) add(f field)     { *s |= 1 << f }

// first returns the first field of the set, which is not empty.
func (s fieldSet) first() field {
	for f := range numFields {
		if s.has(f) {
			return f
		}
	}
	return unused
}

// filler is the second step: it turns the values of fields, as they stand in
// the line, into an Entry.
type filler struct {
	values   [][]byte // by field, then variants, then values; nil where the line has none
	variants int      // how many variants there are
	places   []int    // scratch of readServers

	times [3]timeReader // of msec, timeISO8601Field and timeLocalField

	odd   fieldSet // fields with an impossible value, which was left out
	lists bool     // lists of different lengths: those that do not fit were left out
}

func newFiller(o *Options) filler {
	return filler{
		values:   make([][]byte, int(numFields)+len(o.Variants)+len(o.Values)),
		variants: len(o.Variants),
	}
}

// fill refills e. It reports whether every value that is there could be read.
func (p *filler) fill(e *Entry) bool {
	p.odd, p.lists = 0, false
	v := p.values
	if e.RemoteAddr = present(v[remoteAddr]); bytes.IndexByte(e.RemoteAddr, ' ') >= 0 {
		p.odd.add(remoteAddr)
		e.RemoteAddr = nil
	}
	e.Status = Absent
	if value := present(v[statusField]); value != nil {
		if status, ok := parseStatus(value); ok {
			e.Status = status
		} else {
			p.odd.add(statusField)
		}
	}
	p.fillRequest(e)
	p.fillTime(e)
	e.BytesSent = Absent
	if sent := bodyBytesSent; v[bodyBytesSent] != nil || v[bytesSent] != nil {
		if v[bodyBytesSent] == nil {
			sent = bytesSent
		}
		p.fillNumber(&e.BytesSent, sent, parseDigits)
	}
	e.RequestTime = Absent
	p.fillNumber(&e.RequestTime, requestTime, parseLatency)
	if e.Host = present(v[host]); e.Host == nil {
		if e.Host = present(v[httpHost]); e.Host == nil {
			e.Host = present(v[serverName])
		}
	}
	p.fillVariant(e)
	e.Values = v[int(numFields)+p.variants:]
	p.fillUpstream(e)
	return p.odd == 0 && !p.lists
}

// fillNumber sets a number from a field that the line may have.
func (p *filler) fillNumber(number *int64, f field, parse func([]byte) (int64, bool)) {
	value := present(p.values[f])
	if value == nil {
		return
	}
	if n, ok := parse(value); ok {
		*number = n
	} else {
		p.odd.add(f)
	}
}

func (p *filler) fillRequest(e *Entry) {
	v := p.values
	e.Method, e.Target, e.HasRequest = NoMethod, nil, true
	if v[request] != nil {
		e.Method, e.Target = splitRequest(v[request])
		return
	}
	e.HasRequest = v[requestMethod] != nil || v[requestURI] != nil || v[uri] != nil
	e.Method = methodOf(present(v[requestMethod]))
	if e.Target = present(v[requestURI]); e.Target == nil {
		e.Target = present(v[uri])
	}
}

// fillTime takes the event time from the most exact field that has one.
func (p *filler) fillTime(e *Entry) {
	e.Time = NoTime
	for i, f := range [...]field{msec, timeISO8601Field, timeLocalField} {
		value := present(p.values[f])
		if value == nil {
			continue
		}
		if ms, ok := p.times[i].read(value, timeParser(f)); ok {
			e.Time = ms
			return
		}
		p.odd.add(f)
	}
}

func (p *filler) fillVariant(e *Entry) {
	e.Variant, e.HasVariant = nil, false
	for _, value := range p.values[numFields : int(numFields)+p.variants] {
		if value != nil {
			e.Variant, e.HasVariant = present(value), true
			return
		}
	}
}

func (p *filler) fillUpstream(e *Entry) {
	v := p.values
	e.Upstream = Upstream{Attempts: e.Attempts[:0], CacheStatus: present(v[upstreamCacheStatus])}
	servers := v[upstreamAddr]
	if servers == nil {
		e.NoUpstream = p.onlyAbsentUpstream()
		return
	}
	if present(servers) == nil {
		e.NoUpstream = true
		return
	}
	if bytes.IndexByte(servers, ' ') < 0 && isServer(servers) && p.fillOneAttempt(e, servers) {
		return
	}
	p.fillAttempts(e, servers)
}

// fillOneAttempt fills in what most lines have: one attempt at one server. It
// reports false where a list has more elements or an element is odd.
func (p *filler) fillOneAttempt(e *Entry, server []byte) bool {
	if bytes.IndexByte(server, ',') >= 0 {
		return false
	}
	e.Attempts = append(e.Attempts, newAttempt(server))
	a := &e.Attempts[0]
	return p.fillOne(a, upstreamStatus, setStatus) &&
		p.fillOne(a, upstreamConnectTime, setConnectTime) &&
		p.fillOne(a, upstreamHeaderTime, setHeaderTime) &&
		p.fillOne(a, upstreamResponseTime, setResponseTime)
}

func (p *filler) fillOne(a *Attempt, f field, set func(*Attempt, []byte) bool) bool {
	value := present(p.values[f])
	return value == nil || set(a, value)
}

// fillAttempts fills in the attempts of lists of any length.
func (p *filler) fillAttempts(e *Entry, servers []byte) {
	e.Attempts = e.Attempts[:0]
	var odd bool
	if p.places, odd = readServers(servers, e, p.places[:0]); odd {
		p.odd.add(upstreamAddr)
	}
	p.fillList(e, upstreamStatus, setStatus)
	p.fillList(e, upstreamConnectTime, setConnectTime)
	p.fillList(e, upstreamHeaderTime, setHeaderTime)
	p.fillList(e, upstreamResponseTime, setResponseTime)
}

// fillList sets a field of the attempts from its list.
func (p *filler) fillList(e *Entry, f field, set func(*Attempt, []byte) bool) {
	list := present(p.values[f])
	if list == nil {
		return
	}
	if countElements(list) != len(p.places) {
		p.lists = true
		return
	}
	if !readList(list, e.Attempts, p.places, set) {
		p.odd.add(f)
	}
}

// onlyAbsentUpstream reports, for a line without $upstream_addr, whether it has
// another upstream field and none of them a value.
func (p *filler) onlyAbsentUpstream() bool {
	any := false
	for f := upstreamStatus; f <= upstreamResponseTime; f++ {
		if present(p.values[f]) != nil {
			return false
		}
		any = any || p.values[f] != nil
	}
	return any
}
