package loggen

import "strconv"

// element is one element of the lists that nginx logs about upstreams.
type element struct {
	server   int  // index into servers, or one of the below
	redirect bool // it starts another group, after an internal redirect

	status                    int   // or absent
	connect, header, response int64 // milliseconds, or absent
}

// What may stand in an element instead of a server.
const (
	noServer   = -1 // the group's name: no server could be picked
	emptyGroup = -2 // nothing: a redirect that met no upstream
)

// absent is a status or time that was not received or measured, logged as "-".
const absent = -1

// outcome is how it goes with the upstreams.
type outcome int

const (
	served       outcome = iota // the first server answers
	retried                     // one or two fail, the next answers
	redirected                  // the first answer is a redirect to another group
	failed                      // one to three fail, and that is it
	groupDown                   // no server could be picked
	groupRanOut                 // some fail, and then no server can be picked
	redirectLost                // a redirect to where no upstream can be resolved
	aborted                     // the client does not wait
)

// outcomes are the weights of the outcomes.
var outcomes = [...]uint64{served: 9300, retried: 220, redirected: 120, failed: 90, groupDown: 30, groupRanOut: 15, redirectLost: 15, aborted: 120}

// ask fills in the attempts of a request to a typical upstream, its status and
// its time.
func (g *Generator) ask(r *record, typical int64) {
	how := outcome(g.random.pick(g.outcomes))
	if g.worse != "" && g.clients.variant(r.client) == g.worse {
		typical += typical / 4
		if g.random.oneIn(50) {
			how = failed
		}
	}
	switch how {
	case served:
		g.serve(r, typical, false)
	case retried:
		g.fail(r, 1+g.random.below(2))
		g.serve(r, typical, false)
	case redirected:
		g.serve(r, 4, false)
		if g.random.oneIn(4) {
			g.fail(r, 1)
			r.elements[1].redirect = true
			g.serve(r, typical, false)
		} else {
			g.serve(r, typical, true)
		}
	case failed:
		g.fail(r, 1+g.random.below(3))
		r.status = r.elements[len(r.elements)-1].status
	case groupDown:
		r.add(element{server: noServer, status: 502, connect: absent, header: absent})
		r.status = 502
	case groupRanOut:
		g.fail(r, 1+g.random.below(2))
		r.add(element{server: noServer, status: 502, connect: absent, header: absent})
		r.status = 502
	case redirectLost:
		g.serve(r, typical, false)
		r.add(element{server: emptyGroup, redirect: true})
		r.status = 502
	case aborted:
		wait := g.random.heavyTail(8 * typical)
		r.add(element{server: g.server(), status: absent, connect: g.connect(), header: absent, response: wait})
		r.status = 499
	}
	for i := range r.elements {
		r.requestTime += r.elements[i].response
	}
	r.requestTime += int64(g.random.below(3))
	if r.status == 499 && r.requestTime > 0 {
		r.requestTime -= int64(g.random.below(2)) // the upstream's clock stops later
	}
}

func (r *record) add(e element) { r.elements = append(r.elements, e) }

// serve adds an attempt that is answered.
func (g *Generator) serve(r *record, typical int64, redirect bool) {
	r.status = servedCodes[g.random.pick(g.served)].status
	e := element{server: g.server(), redirect: redirect, status: r.status, connect: g.connect()}
	e.header = e.connect + g.random.heavyTail(typical)
	e.response = e.header + int64(g.random.below(4))
	r.add(e)
}

// fail adds attempts that are not.
func (g *Generator) fail(r *record, attempts int) {
	for range attempts {
		e := element{server: g.server(), connect: absent, header: absent}
		switch g.random.below(5) {
		case 0, 1: // cannot be connected to
			e.status = 502
		case 2: // a kept connection turns out to be closed
			e.status, e.connect = 502, 0
		case 3: // does not answer in time
			e.status, e.connect = 504, g.connect()
			e.response = 3_000 + int64(g.random.below(3))
		case 4: // answers that it cannot
			e.status, e.connect = 503, g.connect()
			e.header = e.connect + g.random.heavyTail(5)
			e.response = e.header
		}
		r.add(e)
	}
}

func (g *Generator) server() int { return g.random.pick(g.servers) }

func (g *Generator) connect() int64 { return g.random.heavyTail(1) }

// listField is one of the lists about upstreams.
type listField uint8

const (
	addrField listField = iota
	statusField
	connectField
	headerField
	responseField
)

// appendList appends one of the lists about upstreams as nginx writes it;
// where there was no upstream, what stands for an absent variable.
func (r *record) appendList(dst []byte, field listField, absentText string) []byte {
	if len(r.elements) == 0 {
		return append(dst, absentText...)
	}
	for i := range r.elements {
		e := &r.elements[i]
		if i > 0 {
			if e.redirect {
				dst = append(dst, " : "...)
			} else {
				dst = append(dst, ", "...)
			}
		}
		if e.server == emptyGroup {
			continue
		}
		switch field {
		case addrField:
			if e.server == noServer {
				dst = append(dst, groupName...)
			} else {
				dst = append(dst, servers[e.server]...)
			}
		case statusField:
			if e.status == absent {
				dst = append(dst, '-')
			} else {
				dst = strconv.AppendInt(dst, int64(e.status), 10)
			}
		case connectField:
			dst = appendSeconds(dst, e.connect)
		case headerField:
			dst = appendSeconds(dst, e.header)
		case responseField:
			dst = appendSeconds(dst, e.response)
		}
	}
	return dst
}

// appendSeconds appends milliseconds as seconds with three decimals, or "-".
func appendSeconds(dst []byte, ms int64) []byte {
	if ms == absent {
		return append(dst, '-')
	}
	dst = strconv.AppendInt(dst, ms/1000, 10)
	ms %= 1000
	return append(dst, '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10))
}
