package traffic

import (
	"encoding/binary"
	"math"
	"math/rand/v2"

	"github.com/splitgauge/splitgauge/parser"
	"github.com/splitgauge/splitgauge/splitclients"
)

// MostSplits is by how many splits at once clients can be assigned.
const MostSplits = 2

// Client is who makes a request: its key for each split, as if they had another
// salt each, and the arm that the split gives it, by the position among the split's
// shares.
type Client struct {
	Keys [MostSplits][8]byte
	Arms [MostSplits]int

	errors  uint64 // chance that a request fails
	latency float32

	// as it is without an effect
	plainErrors  float64
	plainLatency float32
}

// Stream is the traffic of a site with one seed.
type Stream struct {
	site   Site
	splits []*splitclients.Split
	arms   []map[string]int // number by value, of each split
	noise  *[latencyEntries]float32
	load   []int // looks, each as often as it has load; nil if all have the same

	random splitmix64
	draws  *rand.Rand // from random

	clients   []Client
	plans     []plan
	looks     []uint16 // of all requests, client by client
	schedule  []uint32 // clients, one for each request, look by look
	ends      []int    // of the looks in the schedule
	look      int
	outage    int
	entry     parser.Entry
	slowdown  float32
	bursts    uint64
	retries   uint64
	rotations uint64
}

// plan is when a client comes and how much it does.
type plan struct {
	start, end int     // looks
	mean       float64 // expected requests
	requests   int
}

// New returns a stream of a site whose clients are assigned by splits, at most
// MostSplits. Reset begins it.
func New(site Site, splits ...*splitclients.Split) *Stream {
	s := &Stream{site: site, splits: splits, noise: latencyFactors(requestSpread), ends: make([]int, site.Looks)}
	for _, split := range splits {
		numbers := map[string]int{}
		for i, share := range split.Table.Shares() {
			numbers[share.Value] = i
		}
		s.arms = append(s.arms, numbers)
	}
	s.draws = rand.New(&s.random)
	s.retries, s.rotations = chance(site.Retry), chance(site.Rotate)
	if site.BurstEvery > 0 {
		s.bursts = chance(1 / site.BurstEvery)
	}
	if site.Diurnal {
		s.load = diurnalLoad(site.Looks)
	}
	return s
}

// diurnalLoad lists looks, each as often as it has load.
func diurnalLoad(looks int) (load []int) {
	for look := range looks {
		for range int(math.Round(100 * diurnal(look))) {
			load = append(load, look)
		}
	}
	return load
}

// diurnal is the load of a look, around 1.
func diurnal(look int) float64 {
	return 1 + diurnalSwing*math.Sin(2*math.Pi*float64(look)/diurnalLooks)
}

// Reset draws new clients, and begins at the first look.
func (s *Stream) Reset(seed uint64) {
	s.random = splitmix64(seed)
	s.look, s.outage = 0, s.site.Outage-1
	if s.site.Outage == AnyLook {
		s.outage = s.random.below(s.site.Looks)
	}
	s.drawClients()
	s.plan()
}

// drawClients draws who there is and what each is like.
func (s *Stream) drawClients() {
	n := s.site.Clients + s.site.Heavy.Clients
	if cap(s.clients) < n {
		s.clients, s.plans = make([]Client, n), make([]plan, n)
	}
	s.clients, s.plans = s.clients[:n], s.plans[:n]
	total, heavy := 0.0, 0.0
	all := float64(s.site.Clients) * s.site.Requests
	for i := range s.clients {
		c, p := &s.clients[i], &s.plans[i]
		c.plainErrors = s.site.Errors
		if s.site.ProneShare > 0 && s.random.uniform() < s.site.ProneShare {
			c.plainErrors = s.site.ProneErrors
		}
		c.plainLatency = float32(medianLatency * math.Exp(s.site.Slowness*s.draws.NormFloat64()))
		if i < s.site.Clients {
			s.arrive(p)
			p.mean = s.activity() * math.Pow(1+s.site.Growth, float64(p.start)) * float64(p.end-p.start)
			total += p.mean
		} else {
			h := s.site.Heavy
			*p = plan{end: s.site.Looks, mean: all * h.Least * math.Pow(h.Most/h.Least, s.random.uniform())}
			c.plainErrors = h.LeastErrors + (h.MostErrors-h.LeastErrors)*s.random.uniform()
			heavy += p.mean
		}
		s.assign(c)
	}
	for i := range s.plans[:s.site.Clients] {
		s.plans[i].mean *= max(0, all-heavy) / total
	}
}

func (s *Stream) activity() float64 {
	if a := s.site.Activity.Pareto; a > 0 {
		return math.Pow(1-s.random.uniform(), -1/a)
	}
	return math.Exp(s.site.Activity.LogNormal * s.draws.NormFloat64())
}

// arrive draws when a client is there.
func (s *Stream) arrive(p *plan) {
	p.start, p.end = 0, s.site.Looks
	if s.site.Arrival == Always {
		return
	}
	p.start = s.random.below(s.site.Looks)
	if s.site.Arrival == Sessions {
		p.end = min(p.end, p.start+1+s.random.below(s.site.Looks/sessionsPart))
	}
}

// assign gives a client new keys, and what the arms they are assigned to do.
func (s *Stream) assign(c *Client) {
	for i, split := range s.splits {
		binary.LittleEndian.PutUint64(c.Keys[i][:], s.random.Uint64())
		c.Arms[i] = s.arms[i][split.Table.Variant(c.Keys[i][:])]
	}
	errors, latency := c.plainErrors, c.plainLatency
	if e := &s.site.Effect; *e != (Effect{}) && c.Arms[e.Split] == e.Arm {
		if e.Errors > 0 {
			errors *= e.Errors
		}
		if e.Latency > 0 {
			latency *= float32(e.Latency)
		}
		if e.HarmedShare > 0 && s.random.uniform() < e.HarmedShare {
			errors = e.HarmedErrors
		}
	}
	c.errors, c.latency = chance(errors), latency
}

// plan draws who makes a request in which look.
func (s *Stream) plan() {
	s.looks = s.looks[:0]
	clear(s.ends)
	for i := range s.plans {
		p := &s.plans[i]
		p.requests = s.poisson(p.mean)
		for range p.requests {
			look := p.start + s.random.below(p.end-p.start)
			if s.load != nil {
				look = s.load[s.random.below(len(s.load))]
			}
			s.looks = append(s.looks, uint16(look))
			s.ends[look]++
		}
	}
	at := 0
	for look, n := range s.ends { // each is where its look begins for now
		s.ends[look] = at
		at += n
	}
	if cap(s.schedule) < at {
		s.schedule = make([]uint32, at+at/4)
	}
	s.schedule = s.schedule[:at]
	at = 0
	for i := range s.plans {
		for _, look := range s.looks[at : at+s.plans[i].requests] {
			s.schedule[s.ends[look]] = uint32(i)
			s.ends[look]++
		}
		at += s.plans[i].requests
	}
}

// HeavyIn returns how many of the site's heavy clients a split has put into an arm.
func (s *Stream) HeavyIn(split, arm int) (n int) {
	for i := range s.clients[s.site.Clients:] {
		if s.clients[s.site.Clients+i].Arms[split] == arm {
			n++
		}
	}
	return n
}

// Looks returns how many looks there are.
func (s *Stream) Looks() int { return s.site.Looks }

// Look lets the time of one look pass, and gives add each request of it. The client
// and the entry are the stream's, and only valid until add returns.
func (s *Stream) Look(add func(c *Client, e *parser.Entry)) {
	begin := 0
	if s.look > 0 {
		begin = s.ends[s.look-1]
	}
	e := &s.entry
	e.Time = StartTime + int64(s.look)*lookDuration
	s.slowdown = 1
	if s.load != nil {
		s.slowdown = float32(diurnal(s.look))
	}
	outage := s.look == s.outage
	if outage {
		s.slowdown *= outageLatency
	}
	for _, number := range s.schedule[begin:s.ends[s.look]] {
		c := &s.clients[number]
		if s.rotations > 0 && s.random.happens(s.rotations) {
			s.assign(c)
		}
		failed := s.request(c, outage)
		add(c, e)
		if failed && s.retries > 0 {
			s.retry(c, add)
		}
		if s.bursts > 0 && s.random.happens(s.bursts) {
			s.burst(c, add)
		}
	}
	s.look++
}

// request draws one request of a client.
func (s *Stream) request(c *Client, outage bool) (failed bool) {
	draw := s.random.Uint64()
	s.entry.RequestTime = int64(c.latency*s.noise[draw%latencyEntries]*s.slowdown + 0.5)
	failed = draw>>32 < c.errors
	if outage {
		failed = draw>>32 < outageChance
	}
	s.entry.Status = 200
	if failed {
		s.entry.Status = 502
	}
	return failed
}

var outageChance = chance(outageErrors)

// retry has a client try again, and fail, as long as it has the patience.
func (s *Stream) retry(c *Client, add func(*Client, *parser.Entry)) {
	for s.random.happens(s.retries) {
		s.request(c, false)
		s.entry.RequestTime *= retryLatency
		s.entry.Status = 502
		add(c, &s.entry)
	}
}

// burst has a client fail many times in a row.
func (s *Stream) burst(c *Client, add func(*Client, *parser.Entry)) {
	for range s.site.Burst {
		s.request(c, false)
		s.entry.Status = 502
		add(c, &s.entry)
	}
}
