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
	values
	variants int      // how many variants there are
	upstream bool     // the format may have upstream fields
	named    field    // names the last attempt's server; unused mostly
	wanted   [][]byte // what Entry.Values is

	times     [len(timeFields)]lastTime
	attemptOf []int // by element of $upstream_addr, index of its attempt or -1

	none Attempt // see readList

	odd   fieldSet // fields with an impossible value, which was left out
	lists bool     // lists of different lengths: those that do not fit were left out
}

func newFiller(o *Options) filler {
	return filler{variants: len(o.Variants), upstream: true, named: o.upstreamName(), wanted: make([][]byte, len(o.Values))}
}

// fill refills e. It reports whether every value that is there could be read.
func (p *filler) fill(e *Entry) bool {
	p.odd, p.lists = 0, false
	e.RemoteAddr = p.present(remoteAddr)
	if bytes.IndexByte(e.RemoteAddr, ' ') >= 0 {
		p.odd.add(remoteAddr)
		e.RemoteAddr = nil
	}
	e.Status = p.status(statusField)
	p.fillRequest(e)
	p.fillTime(e)
	if p.has(bodyBytesSent) {
		e.BytesSent = p.digits(bodyBytesSent)
	} else {
		e.BytesSent = p.digits(bytesSent)
	}
	e.RequestTime = p.latency(requestTime)
	if e.Host = p.present(host); e.Host == nil {
		if e.Host = p.present(httpHost); e.Host == nil {
			e.Host = p.present(serverName)
		}
	}
	p.fillVariant(e)
	for i := range p.wanted {
		p.wanted[i] = p.get(numFields + field(p.variants+i))
	}
	e.Values = p.wanted
	e.Upstream = Upstream{Attempts: e.Attempts[:0]}
	if p.upstream {
		p.fillUpstream(e)
	}
	return p.odd == 0 && !p.lists
}

// status, digits and latency return the number that a field holds, or Absent.

func (p *filler) status(f field) int {
	value := p.present(f)
	if value == nil {
		return Absent
	}
	status, ok := parseStatus(value)
	if !ok {
		p.odd.add(f)
		return Absent
	}
	return status
}

func (p *filler) digits(f field) int64 {
	value := p.present(f)
	if value == nil {
		return Absent
	}
	n, ok := parseDigits(value)
	if !ok {
		p.odd.add(f)
		return Absent
	}
	return n
}

func (p *filler) latency(f field) int64 {
	value := p.present(f)
	if value == nil {
		return Absent
	}
	ms, ok := parseLatency(value)
	if !ok {
		p.odd.add(f)
		return Absent
	}
	return ms
}

func (p *filler) fillRequest(e *Entry) {
	if p.has(request) {
		e.HasRequest = true
		e.Method, e.Target = splitRequest(p.get(request))
		return
	}
	e.HasRequest = p.has(requestMethod) || p.has(requestURI) || p.has(uri)
	e.Method = methodOf(p.present(requestMethod))
	if e.Target = p.present(requestURI); e.Target == nil {
		e.Target = p.present(uri)
	}
}

// timeFields are the fields that hold the event time, most exact first.
var timeFields = [...]field{msec, timeISO8601Field, timeLocalField, anyTime}

// fillTime takes the event time from the most exact field that has one.
func (p *filler) fillTime(e *Entry) {
	e.Time = NoTime
	for i, f := range timeFields {
		value := p.present(f)
		if value == nil {
			continue
		}
		if ms, ok := p.times[i].read(f, value); ok {
			e.Time = ms
			return
		}
		p.odd.add(f)
	}
}

func (p *filler) fillVariant(e *Entry) {
	e.Variant, e.HasVariant = nil, false
	for f := numFields; f < numFields+field(p.variants); f++ {
		if p.has(f) {
			e.Variant, e.HasVariant = p.present(f), true
			return
		}
	}
}

func (p *filler) fillUpstream(e *Entry) {
	if e.CacheStatus = p.present(upstreamCacheStatus); e.CacheStatus != nil && !isOneWord(e.CacheStatus) {
		p.odd.add(upstreamCacheStatus)
		e.CacheStatus = nil
	}
	servers := p.present(upstreamAddr)
	if servers == nil {
		logged, measured := p.checkLists()
		e.NoUpstream = p.has(upstreamAddr) || logged && !measured
		return
	}
	if !p.fillOneAttempt(e, servers) {
		p.fillAttempts(e, servers)
	}
	if p.named != unused {
		p.nameLast(e.Attempts)
	}
}

// nameLast gives the last attempt the name that the line has for its server.
func (p *filler) nameLast(attempts []Attempt) {
	if name := p.present(p.named); name != nil && len(attempts) > 0 {
		attempts[len(attempts)-1].Server = name
	}
}

// fillOneAttempt fills in what most lines have: one attempt at one server. It
// reports false, with nothing done, where a list has more than one element or
// an odd one.
func (p *filler) fillOneAttempt(e *Entry, server []byte) bool {
	if !isOneWord(server) || !isServer(server) {
		return false
	}
	odd := p.odd
	e.Attempts = append(e.Attempts, Attempt{
		Server:       server,
		Status:       p.status(upstreamStatus),
		ConnectTime:  p.latency(upstreamConnectTime),
		HeaderTime:   p.latency(upstreamHeaderTime),
		ResponseTime: p.latency(upstreamResponseTime),
	})
	if p.odd != odd {
		p.odd, e.Attempts = odd, e.Attempts[:0]
		return false
	}
	return true
}

// fillAttempts fills in the attempts of lists of any length.
func (p *filler) fillAttempts(e *Entry, servers []byte) {
	var odd bool
	if p.attemptOf, odd = readServers(servers, e, p.attemptOf[:0]); odd {
		p.odd.add(upstreamAddr)
	}
	p.fillList(e, upstreamStatus, setStatus)
	p.fillList(e, upstreamConnectTime, setConnectTime)
	p.fillList(e, upstreamHeaderTime, setHeaderTime)
	p.fillList(e, upstreamResponseTime, setResponseTime)
}

// fillList sets a field of the attempts from its list.
func (p *filler) fillList(e *Entry, f field, set func(*Attempt, []byte) bool) {
	list := p.present(f)
	switch {
	case list == nil:
	case countElements(list) != len(p.attemptOf):
		p.lists = true
	case !readList(list, e.Attempts, &p.none, p.attemptOf, set):
		p.odd.add(f)
	}
}

// checkLists looks at the lists of a line that names no server: they have to be
// possible, though nothing is counted. It reports whether the line has one of
// these fields, and whether one has a value.
func (p *filler) checkLists() (logged, measured bool) {
	for f := upstreamStatus; f <= upstreamResponseTime; f++ {
		logged = logged || p.has(f)
		if list := p.present(f); list != nil {
			measured = true
			if !possible(f, list) {
				p.odd.add(f)
			}
		}
	}
	return logged, measured
}
