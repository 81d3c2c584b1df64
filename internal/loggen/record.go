package loggen

// record is a request as it was meant, before it is written.
type record struct {
	time int64 // Unix milliseconds

	client, user, host, agent, referer, cache int // indices into the lists

	method  int    // index into Truth.methodOf; below len(methods) also into methods
	path    int    // index into Truth.paths
	request []byte // the request line, escaped

	status      int
	bytes       int64
	requestTime int64 // milliseconds

	elements []element // none: no upstream was asked

	oddField bool // the line has an impossible number where format says
}

// fill makes up the next request.
func (g *Generator) fill(r *record) {
	g.clock += g.random.upTo(2 * g.gap)
	*r = record{time: g.clock / 1e6, request: r.request[:0], elements: r.elements[:0]}
	if g.random.oneIn(300) {
		r.time -= g.random.upTo(2000) // another worker's buffer
	}
	r.client = g.random.pick(g.clients.zipf)
	r.user = g.random.pick(g.users)
	r.host = g.random.pick(g.hosts)
	r.agent = g.random.pick(g.agents)
	r.referer = g.random.pick(g.referers)
	if g.random.oneIn(200) {
		g.fillOdd(r)
		return
	}
	kind := &g.targets[g.random.pick(g.popularity)]
	r.path = kind.path
	if kind.modifies {
		r.method = g.random.pick(g.modifying)
	} else {
		r.method = g.random.pick(g.reading)
	}
	protocol := g.random.pick(g.protocols)
	old := false // a request of HTTP/0.9
	switch kind.backing {
	case static:
		if old = g.random.oneIn(1000); old {
			r.status, r.method = 9, getMethod
		} else {
			r.status = staticCodes[g.random.pick(g.static)].status
		}
		r.requestTime = g.random.heavyTail(kind.typical) - kind.typical/2
	case cached:
		r.cache = g.random.pick(g.caches)
		if r.cache == cacheHit {
			r.status = staticCodes[g.random.pick(g.static)].status
			r.requestTime = g.random.heavyTail(1)
		} else {
			g.ask(r, kind.typical)
		}
	case proxied:
		g.ask(r, kind.typical)
	case websocket:
		g.upgrade(r, kind.typical)
	}
	r.bytes = g.size(r)

	r.request = append(r.request, methods[r.method].text...)
	r.request = append(r.request, ' ')
	r.request = g.random.appendPieces(r.request, kind.pieces)
	if !old {
		r.request = append(r.request, ' ')
		r.request = append(r.request, protocols[protocol]...)
	}
}

// upgrade makes a request one that switches protocols, mostly.
func (g *Generator) upgrade(r *record, typical int64) {
	if g.random.oneIn(10) {
		g.ask(r, 5)
		return
	}
	r.status, r.method = 101, getMethod
	e := element{server: g.server(), status: 101, connect: g.connect()}
	e.header = e.connect + g.random.heavyTail(3)
	e.response = e.header + g.random.heavyTail(typical)
	r.add(e)
	r.requestTime = e.response
}

// size makes up $body_bytes_sent.
func (g *Generator) size(r *record) int64 {
	switch {
	case r.method == headMethod, r.status == 304, r.status == 204, r.status == 0:
		return 0
	case r.status == 499:
		return 0
	case r.status >= 400:
		return 150 + int64(g.random.below(500))
	}
	return g.random.heavyTail(2_000)
}

// fillOdd makes a request one whose request line is not what it should be.
func (g *Generator) fillOdd(r *record) {
	i := g.random.below(len(oddRequests))
	odd := &oddRequests[i]
	r.method, r.path = g.oddMethods[i], g.oddPaths[i]
	r.status = 400
	r.bytes = 150
	r.requestTime = int64(g.random.below(2))
	if odd.line == "" {
		r.bytes = 0
		if g.random.oneIn(2) {
			r.request = append(r.request, g.absent...)
		}
		return
	}
	r.request = appendEscaped(r.request, g.format, odd.line)
	if odd.line == tlsHello {
		var noise [32]byte
		for i := range noise {
			noise[i] = byte(g.random.Uint64())
		}
		r.request = appendEscaped(r.request, g.format, string(noise[:]))
	}
}
