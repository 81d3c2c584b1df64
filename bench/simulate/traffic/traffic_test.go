package traffic

import (
	"math"
	"slices"
	"testing"

	"github.com/splitgauge/splitgauge/parser"
	"github.com/splitgauge/splitgauge/splitclients"
)

// seen is what was seen of one stream.
type seen struct {
	requests, errors, slow   int
	byLook, errorsByLook     []int
	latencyByLook            []float64
	byClient, errorsByClient map[[8]byte]int
	byArm, errorsByArm       map[int]int
	latencyByArm             map[int]float64
	last                     int64
}

func testSplit(t *testing.T) *splitclients.Split {
	t.Helper()
	split, err := splitclients.Parse(`split_clients $cookie_id $arm { 20% .one; * ""; }`, splitclients.RuleNewest)
	if err != nil {
		t.Fatal(err)
	}
	return split
}

func site() Site {
	return Site{Clients: 5000, Requests: 20, Looks: 50, Activity: Activity{LogNormal: 1.2}, Errors: 0.004, ProneShare: 0.05, ProneErrors: 0.12, Slowness: 0.5}
}

func watch(t *testing.T, site Site, seed uint64) *seen {
	t.Helper()
	s := New(site, testSplit(t))
	s.Reset(seed)
	w := &seen{
		byLook: make([]int, site.Looks), errorsByLook: make([]int, site.Looks), latencyByLook: make([]float64, site.Looks),
		byClient: map[[8]byte]int{}, errorsByClient: map[[8]byte]int{},
		byArm: map[int]int{}, errorsByArm: map[int]int{}, latencyByArm: map[int]float64{},
	}
	for look := range s.Looks() {
		s.Look(func(c *Client, e *parser.Entry) { w.add(t, look, c, e) })
	}
	return w
}

func (w *seen) add(t *testing.T, look int, c *Client, e *parser.Entry) {
	if e.Time < w.last {
		t.Fatalf("a request at %d after one at %d", e.Time, w.last)
	}
	w.last = e.Time
	w.requests++
	w.byLook[look]++
	w.byClient[c.Keys[0]]++
	w.byArm[c.Arms[0]]++
	w.latencyByLook[look] += float64(e.RequestTime)
	w.latencyByArm[c.Arms[0]] += float64(e.RequestTime)
	if e.RequestTime > 1000 {
		w.slow++
	}
	if e.Status >= 500 {
		w.errors++
		w.errorsByLook[look]++
		w.errorsByClient[c.Keys[0]]++
		w.errorsByArm[c.Arms[0]]++
	}
}

// top returns the share of all requests that the busiest clients make.
func (w *seen) top(n int) float64 {
	var counts []int
	for _, count := range w.byClient {
		counts = append(counts, count)
	}
	slices.Sort(counts)
	busy := 0
	for _, count := range counts[max(0, len(counts)-n):] {
		busy += count
	}
	return float64(busy) / float64(w.requests)
}

func between(t *testing.T, what string, value, low, high float64) {
	t.Helper()
	if !(value >= low && value <= high) {
		t.Errorf("%s: %v, want %v to %v", what, value, low, high)
	}
}

func share(part, whole int) float64 { return float64(part) / float64(whole) }

// TestBase: requests, errors, slow requests and arms are what the site says, and
// unevenly spread.
func TestBase(t *testing.T) {
	w := watch(t, site(), 1)
	between(t, "requests", float64(w.requests), 98_000, 102_000)
	between(t, "errors", share(w.errors, w.requests), 0.007, 0.013)
	between(t, "slow", share(w.slow, w.requests), 0.005, 0.03)
	between(t, "busiest 1 %", w.top(50), 0.05, 0.2)
	clients := map[bool]int{}
	s := testSplit(t)
	for key := range w.byClient {
		clients[s.Table.Variant(key[:]) == ".one"]++
	}
	between(t, "clients in the arm", share(clients[true], len(w.byClient)), 0.18, 0.22)
	for _, n := range w.byLook {
		between(t, "requests in a look", float64(n), 1700, 2300)
	}
	// Clients keep to how often they fail: failures are of few.
	between(t, "clients with errors", share(len(w.errorsByClient), w.errors), 0.05, 0.6)
}

// TestArmsAreTheSplits: the arm of every request is what the split gives its key.
func TestArmsAreTheSplits(t *testing.T) {
	split := testSplit(t)
	site := site()
	site.Rotate = 0.1
	s := New(site, split)
	s.Reset(3)
	values := split.Table.Shares()
	for range s.Looks() {
		s.Look(func(c *Client, _ *parser.Entry) {
			if value := split.Table.Variant(c.Keys[0][:]); values[c.Arms[0]].Value != value {
				t.Fatalf("key %x in arm %q, want %q", c.Keys[0], values[c.Arms[0]].Value, value)
			}
		})
	}
}

// TestKinds: what is special about each kind of site is there.
func TestKinds(t *testing.T) {
	base := watch(t, site(), 2)
	kind := func(change func(s *Site)) *seen {
		s := site()
		change(&s)
		return watch(t, s, 2)
	}

	pareto := kind(func(s *Site) { s.Activity = Activity{Pareto: 1.1} })
	between(t, "Pareto: busiest 1 %", pareto.top(50), 1.5*base.top(50), 1)

	arrival := kind(func(s *Site) { s.Arrival = Starting })
	between(t, "arrival: last look", share(arrival.byLook[49], arrival.byLook[4]), 5, 20)

	sessions := kind(func(s *Site) { s.Arrival = Sessions })
	between(t, "sessions: requests", float64(sessions.requests), 97_000, 103_000)
	between(t, "sessions: last look", share(sessions.byLook[49], sessions.byLook[25]), 0.7, 1.4)

	tail := kind(func(s *Site) { s.Arrival, s.Growth, s.Activity = Starting, 0.07, Activity{Pareto: 1.5} })
	between(t, "tail: last look", share(tail.byLook[49], tail.byLook[25]), 4, 40)

	diurnal := kind(func(s *Site) { s.Diurnal = true })
	day, night := 6, 18
	between(t, "diurnal: load", share(diurnal.byLook[day], diurnal.byLook[night]), 3, 9)
	between(t, "diurnal: latency", diurnal.latencyByLook[day]/float64(diurnal.byLook[day])/
		(diurnal.latencyByLook[night]/float64(diurnal.byLook[night])), 3, 9)

	outage := kind(func(s *Site) { s.Outage = 1 })
	between(t, "outage: the minute", share(outage.errorsByLook[0], outage.byLook[0]), 0.85, 0.95)
	between(t, "outage: the next", share(outage.errorsByLook[1], outage.byLook[1]), 0, 0.03)

	retries := kind(func(s *Site) { s.Retry = 0.92 })
	between(t, "retries: errors", share(retries.errors, base.errors), 9, 17)

	heavy := kind(func(s *Site) {
		s.Heavy = Heavy{Clients: 40, Least: 0.015, Most: 0.015, LeastErrors: 0.5, MostErrors: 0.9}
	})
	between(t, "heavy: requests", float64(heavy.requests), 98_000, 102_000)
	between(t, "heavy: busiest", heavy.top(40), 0.58, 0.65)
	between(t, "heavy: errors", share(heavy.errors, heavy.requests), 0.3, 0.54)

	rotation := kind(func(s *Site) { s.Rotate = 1.0 / 25 })
	between(t, "rotation: keys", float64(len(rotation.byClient)-len(base.byClient)), 3200, 4500)

	bursts := kind(func(s *Site) { s.BurstEvery, s.Burst, s.Errors, s.ProneShare = 2000, 60, 0, 0 })
	between(t, "bursts: errors", float64(bursts.errors)/60, 30, 75)
	for key, n := range bursts.errorsByClient {
		if n%60 != 0 {
			t.Errorf("client %x failed %d times, want bursts of 60", key, n)
		}
	}
}

// TestEffect: the effect is in its arm, of the size it says, and nowhere else.
func TestEffect(t *testing.T) {
	const arm = 0
	base := watch(t, site(), 4)
	rates := func(w *seen, arm int) (errors, latency float64) {
		return share(w.errorsByArm[arm], w.byArm[arm]), w.latencyByArm[arm] / float64(w.byArm[arm])
	}
	for _, effect := range []Effect{{Errors: 3}, {Latency: 1.5}, {HarmedShare: 0.05, HarmedErrors: 0.5}} {
		changed := site()
		changed.Effect = effect
		w := watch(t, changed, 4)
		errors, latency := rates(w, arm)
		plainErrors, plainLatency := rates(base, arm)
		between(t, "errors in the arm", errors/plainErrors, changed.TrueErrorRatio()*0.75, changed.TrueErrorRatio()*1.3)
		between(t, "latency in the arm", latency/plainLatency, max(1, effect.Latency)*0.9, max(1, effect.Latency)*1.1)
		errors, latency = rates(w, 1)
		plainErrors, plainLatency = rates(base, 1)
		between(t, "errors elsewhere", errors/plainErrors, 0.8, 1.25)
		between(t, "latency elsewhere", latency/plainLatency, 0.9, 1.1)
	}
	harmed := site()
	harmed.Effect = Effect{HarmedShare: 0.05, HarmedErrors: 0.5}
	if want := 0.95 + 0.05*0.5/(0.95*0.004+0.05*0.12); math.Abs(harmed.TrueErrorRatio()-want) > 1e-12 {
		t.Errorf("true ratio %v, want %v", harmed.TrueErrorRatio(), want)
	}
}

// TestSeeds: a seed makes the same traffic also in memory that was used before, and
// another seed other traffic.
func TestSeeds(t *testing.T) {
	s := New(site(), testSplit(t))
	sum := func(seed uint64) (sum uint64) {
		s.Reset(seed)
		for range s.Looks() {
			s.Look(func(c *Client, e *parser.Entry) {
				for _, b := range c.Keys[0] {
					sum = sum*31 + uint64(b)
				}
				sum = sum*31 + uint64(e.RequestTime)*1000 + uint64(e.Status)
			})
		}
		return sum
	}
	first, second := sum(1), sum(2)
	if first == second {
		t.Error("two seeds made the same traffic")
	}
	if again := sum(1); again != first {
		t.Error("a seed made other traffic the second time")
	}
}

func TestNewcomers(t *testing.T) {
	n := NewNewcomers(testSplit(t))
	n.Reset(5)
	keys, arms, lost := map[[8]byte]bool{}, map[int]int{}, 0
	for range 20_000 {
		c, draw := n.Next()
		keys[c.Keys[0]] = true
		arms[c.Arms[0]]++
		if draw < 0.3 {
			lost++
		}
	}
	between(t, "keys", float64(len(keys)), 20_000, 20_000)
	between(t, "in the arm", share(arms[0], 20_000), 0.19, 0.21)
	between(t, "drawn below 0.3", share(lost, 20_000), 0.29, 0.31)
}
