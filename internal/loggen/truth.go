package loggen

// Truth is what a perfect reader would know of a log, counted while it was
// written.
type Truth struct {
	format Format

	parsed, partial, unparsed int64 // lines
	bytes                     int64
	reasons                   map[string]int64

	first, last int64 // event times, Unix milliseconds; meaningful where total.requests > 0

	total    traffic
	status   [1000]int64
	methods  names
	methodOf []int // by a record's method: index into methods
	byMethod []int64

	clients     *clients // not owned
	seen        []bool   // by client
	clientsSeen int64

	variants []traffic // by index into clients.names
	byHost   []traffic // by index into hosts
	paths    names
	byPath   []traffic // by index into paths
	servers  []server  // by index into servers

	retried, redirected, noUpstream, noLiveUpstream int64 // requests

	slots  map[int64]*traffic // by minute since the Unix epoch
	slot   *traffic           // that of minute
	minute int64
}

// traffic is a group of requests.
type traffic struct {
	requests    int64
	classes     [10]int64
	bytes       int64
	requestTime distribution
	clients     int64 // counted for variants only
}

// server is what is known of an upstream server.
type server struct {
	attempts                  int64
	status                    map[int]int64
	response, connect, header distribution
}

func newTruth(f Format, c *clients) *Truth {
	t := &Truth{
		format:   f,
		reasons:  make(map[string]int64),
		clients:  c,
		seen:     make([]bool, len(c.addresses)),
		variants: make([]traffic, len(c.names)),
		byHost:   make([]traffic, len(hosts)),
		servers:  make([]server, len(servers)),
		slots:    make(map[int64]*traffic),
	}
	for i := range t.servers {
		t.servers[i].status = make(map[int]int64)
	}
	return t
}

// names gives names numbers.
type names struct {
	list    []string
	numbers map[string]int
}

// index returns the number of a name, which it adds if it is new.
func (n *names) index(name string) int {
	if i, known := n.numbers[name]; known {
		return i
	}
	if n.numbers == nil {
		n.numbers = make(map[string]int)
	}
	n.numbers[name] = len(n.list)
	n.list = append(n.list, name)
	return len(n.list) - 1
}

// formatReason returns why a line that is no request is none.
func (t *Truth) formatReason() string {
	if t.format == JSON {
		return "json"
	}
	return "format"
}

// oddVariable returns the name of the variable that has an impossible number
// where a record says so.
func (t *Truth) oddVariable() string {
	if t.format == Combined {
		return "body_bytes_sent"
	}
	return "request_time"
}

// add counts a request.
func (t *Truth) add(r *record) {
	if len(t.byPath) == 0 {
		t.byPath = make([]traffic, len(t.paths.list))
		t.byMethod = make([]int64, len(t.methods.list))
	}
	time := r.time
	if t.format == Combined {
		time -= time % 1000 // all that $time_local tells
	}
	if t.total.requests == 0 || time < t.first {
		t.first = time
	}
	if t.total.requests == 0 || time > t.last {
		t.last = time
	}
	t.status[r.status]++
	t.byMethod[t.methodOf[r.method]]++

	variant := &t.variants[t.clients.variants[r.client]]
	if !t.seen[r.client] {
		t.seen[r.client] = true
		t.clientsSeen++
		variant.clients++
	}
	if minute := time / 60_000; t.slot == nil || minute != t.minute {
		t.minute = minute
		if t.slot = t.slots[minute]; t.slot == nil {
			t.slot = &traffic{requestTime: distribution{sparse: true}}
			t.slots[minute] = t.slot
		}
	}
	t.count(&t.total, r)
	t.count(variant, r)
	t.count(&t.byPath[r.path], r)
	t.count(t.slot, r)
	if t.format != Combined {
		t.count(&t.byHost[r.host], r)
		t.addUpstream(r)
	}
}

// count adds a request to a group.
func (t *Truth) count(group *traffic, r *record) {
	group.requests++
	group.classes[r.status/100]++
	if !(r.oddField && t.format == Combined) {
		group.bytes += r.bytes
	}
	if t.format != Combined && !r.oddField && r.status != 101 {
		group.requestTime.add(r.requestTime)
	}
}

// addUpstream counts the attempts of a request.
func (t *Truth) addUpstream(r *record) {
	if len(r.elements) == 0 {
		t.noUpstream++
		return
	}
	var attempts int // in the current group
	var retried, redirected, noLive bool
	for i := range r.elements {
		e := &r.elements[i]
		if e.redirect {
			redirected = true
			attempts = 0
		}
		if e.server == noServer {
			noLive = true
		}
		if e.server < 0 {
			continue
		}
		attempts++
		retried = retried || attempts == 2
		t.servers[e.server].add(e)
	}
	increment(&t.retried, retried)
	increment(&t.redirected, redirected)
	increment(&t.noLiveUpstream, noLive)
}

func increment(n *int64, when bool) {
	if when {
		*n++
	}
}

// add counts an attempt.
func (s *server) add(e *element) {
	s.attempts++
	s.status[e.status]++
	if e.response != absent {
		s.response.add(e.response)
	}
	if e.connect != absent {
		s.connect.add(e.connect)
	}
	if e.header != absent {
		s.header.add(e.header)
	}
}
