package balance_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/proxy/balance"
)

// simulation is a discrete-event simulation of servers with workers and a
// queue, of balancers that know nothing of each other, and of logs that come
// late. The balancers are the pools that ship.
type simulation struct {
	policy      string
	health      balance.Health
	steer       func(pools []*balance.Pool, summaries []balance.Summary) // also told of the logs
	noLogs      bool
	latencyOnly bool    // choose by connections in flight and latency, and let the pool only count
	logDelay    float64 // seconds
	kept        int     // requests of a connection, one after the other; 0: one
	load        float64 // of the capacity of the undisturbed servers
	servers     []simulatedServer
	length      float64 // seconds
	disturbedAt float64 // from then to the end of disturbance servers have their disturbed slowness
	restoredAt  float64
	seed        uint64
}

type simulatedServer struct {
	slowness  float64 // of an exponential service time with a mean of 20 ms
	disturbed float64 // slowness while disturbed; 0: the same
	fails     bool    // answers at once, with an error, while disturbed
}

const (
	serviceTime      = 0.020
	failureTime      = 0.001
	thinkTime        = 0.010 // between two requests of a connection
	workersPerServer = 8
	balancers        = 4
)

// outcome is what clients and servers saw.
type outcome struct {
	calm, disturbed []float64 // latencies in seconds, by when the request came
	served          []int     // requests placed on each server while disturbed
}

func (o *outcome) sort() { slices.Sort(o.calm); slices.Sort(o.disturbed) }

// p99 of sorted latencies, in milliseconds.
func p99(latencies []float64) float64 {
	return 1000 * latencies[int(math.Ceil(0.99*float64(len(latencies))))-1]
}

// share returns the share of the disturbed time's requests that went to a server.
func (o *outcome) share(server int) float64 {
	total := 0
	for _, n := range o.served {
		total += n
	}
	return float64(o.served[server]) / float64(total)
}

// occurrence is something that happens at a time.
type occurrence struct {
	time    float64
	kind    int
	server  int
	request int
	logs    []balance.Summary
}

const (
	arrival = iota
	completion
	logWritten
	logRead
	nextRequest
)

// request is a connection, and the request on it.
type request struct {
	choice balance.Choice
	left   int // requests to come
	came   float64
	failed bool
}

// simulatedState is a simulation under way.
type simulatedState struct {
	*simulation
	*outcome
	now      float64
	events   []occurrence // a heap by time
	pools    []*balance.Pool
	requests []request
	free     []int
	queues   [][]int
	busy     []int
	averages []float64 // of latency, for byLatency
	logged   []struct {
		attempts, errors int64
		sum              float64
	}
	random interface {
		Float64() float64
		ExpFloat64() float64
		IntN(int) int
	}
}

// run simulates.
func (sim simulation) run(t testing.TB) *outcome {
	t.Helper()
	n := len(sim.servers)
	s := &simulatedState{simulation: &sim, outcome: &outcome{served: make([]int, n)},
		queues: make([][]int, n), busy: make([]int, n), averages: make([]float64, n), random: seeded(sim.seed)}
	s.logged = make([]struct {
		attempts, errors int64
		sum              float64
	}, n)
	config := balance.Config{Policy: sim.policy, Health: sim.health}
	for i := range sim.servers {
		config.Servers = append(config.Servers, balance.ServerConfig{Name: fmt.Sprint(i), Address: fmt.Sprintf("10.0.0.%d:80", i), Weight: 100})
	}
	for i := range balancers {
		config.Random = seeded(sim.seed + uint64(i) + 1)
		s.pools = append(s.pools, newPool(t, config))
	}
	s.push(occurrence{time: 0, kind: arrival})
	s.push(occurrence{time: 1, kind: logWritten})
	for len(s.events) > 0 && s.events[0].time < sim.length {
		event := s.pop()
		s.now = event.time
		switch event.kind {
		case arrival:
			s.arrive(t)
		case completion:
			s.complete(event.server, event.request)
		case logWritten:
			s.writeLogs()
		case logRead:
			s.readLogs(event.logs)
		case nextRequest:
			s.requests[event.request].came = s.now
			s.ask(event.server, event.request)
		}
	}
	s.outcome.sort()
	return s.outcome
}

// rate is how many requests come in a second.
func (s *simulatedState) rate() float64 {
	capacity := 0.0
	for _, server := range s.servers {
		capacity += workersPerServer / (serviceTime * server.slowness)
	}
	return s.load * capacity
}

func (s *simulatedState) isDisturbed() bool { return s.now >= s.disturbedAt && s.now < s.restoredAt }

func (s *simulatedState) arrive(t testing.TB) {
	s.push(occurrence{time: s.now + s.random.ExpFloat64()/s.rate()*float64(max(1, s.kept)), kind: arrival})
	pool := s.pools[s.random.IntN(len(s.pools))]
	now := at(s.now)
	query := balance.Query{Now: now}
	if s.latencyOnly {
		query.Marked = fmt.Sprint(s.byLatency())
	}
	choice := place(t, pool, query)
	choice.Connected(now)
	choice.Sent(now)
	index := len(s.requests)
	if last := len(s.free) - 1; last >= 0 {
		index, s.free = s.free[last], s.free[:last]
	} else {
		s.requests = append(s.requests, request{})
	}
	s.requests[index] = request{choice: choice, came: s.now, left: max(1, s.kept) - 1}
	server := s.indexOf(choice.Server())
	s.ask(server, index)
}

// ask has a server take a request, or keep it waiting.
func (s *simulatedState) ask(server, index int) {
	s.requests[index].failed = false
	if s.isDisturbed() {
		s.served[server]++
	}
	if s.busy[server] == workersPerServer {
		s.queues[server] = append(s.queues[server], index)
		return
	}
	s.busy[server]++
	s.work(server, index)
}

// byLatency makes two choices by (in flight + 1) × average latency, as balancers
// do that do not know of errors.
func (s *simulatedState) byLatency() int {
	first := s.random.IntN(len(s.servers))
	second := (first + 1 + s.random.IntN(len(s.servers)-1)) % len(s.servers)
	cost := func(server int) float64 {
		return float64(s.busy[server]+len(s.queues[server])+1) * max(failureTime, s.averages[server])
	}
	if cost(second) < cost(first) {
		return second
	}
	return first
}

func (s *simulatedState) indexOf(server *balance.Server) int { return int(server.Name()[0] - '0') }

// work has a worker of a server begin with a request.
func (s *simulatedState) work(server, index int) {
	slowness := s.servers[server].slowness
	if s.isDisturbed() {
		if s.servers[server].fails {
			s.requests[index].failed = true
			s.push(occurrence{time: s.now + failureTime, kind: completion, server: server, request: index})
			return
		}
		slowness = max(slowness, s.servers[server].disturbed)
	}
	s.push(occurrence{time: s.now + s.random.ExpFloat64()*serviceTime*slowness, kind: completion, server: server, request: index})
}

func (s *simulatedState) complete(server, index int) {
	r := &s.requests[index]
	r.choice.FirstByte(at(s.now))
	latency := s.now - r.came
	s.averages[server] += (latency - s.averages[server]) / 50
	switch {
	case r.came >= s.disturbedAt && r.came < s.restoredAt:
		s.disturbed = append(s.disturbed, latency)
	case r.came >= s.disturbedAt/4 && r.came < s.disturbedAt: // warmed up
		s.calm = append(s.calm, latency)
	}
	log := &s.logged[server]
	log.attempts++
	log.sum += latency
	if r.failed {
		log.errors++
	}
	if r.left--; r.left >= 0 {
		s.push(occurrence{time: s.now + s.random.ExpFloat64()*thinkTime, kind: nextRequest, server: server, request: index})
	} else {
		r.choice.Done(at(s.now), balance.Completed)
		s.free = append(s.free, index)
	}
	if len(s.queues[server]) == 0 {
		s.busy[server]--
		return
	}
	next := s.queues[server][0]
	s.queues[server] = s.queues[server][1:]
	s.work(server, next)
}

// writeLogs sums up the second that ends.
func (s *simulatedState) writeLogs() {
	s.push(occurrence{time: s.now + 1, kind: logWritten})
	if s.noLogs {
		return
	}
	var summaries []balance.Summary
	for i := range s.logged {
		log := &s.logged[i]
		if log.attempts == 0 {
			continue
		}
		mean := time.Duration(log.sum / float64(log.attempts) * float64(time.Second))
		summaries = append(summaries, balance.Summary{Server: fmt.Sprint(i), Attempts: log.attempts, Errors: log.errors,
			Latency: mean.Round(time.Millisecond), Measured: log.attempts})
		log.attempts, log.errors, log.sum = 0, 0, 0
	}
	s.push(occurrence{time: s.now + s.logDelay, kind: logRead, logs: summaries})
}

func (s *simulatedState) readLogs(summaries []balance.Summary) {
	for _, pool := range s.pools {
		pool.Observe(summaries, at(s.now))
	}
	if s.steer != nil {
		s.steer(s.pools, summaries)
	}
}

// push and pop keep the heap.
func (s *simulatedState) push(event occurrence) {
	s.events = append(s.events, event)
	for i := len(s.events) - 1; i > 0; {
		parent := (i - 1) / 2
		if s.events[parent].time <= s.events[i].time {
			break
		}
		s.events[parent], s.events[i] = s.events[i], s.events[parent]
		i = parent
	}
}

func (s *simulatedState) pop() occurrence {
	top := s.events[0]
	last := len(s.events) - 1
	s.events[0] = s.events[last]
	s.events = s.events[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			break
		}
		if child+1 < last && s.events[child+1].time < s.events[child].time {
			child++
		}
		if s.events[i].time <= s.events[child].time {
			break
		}
		s.events[i], s.events[child] = s.events[child], s.events[i]
		i = child
	}
	return top
}
