package main

import (
	"math"
	"slices"
	"strconv"
	"sync"
	"time"
)

// outcome is what became of a request.
type outcome int

const (
	good    outcome = iota
	refused         // turned away: refused, reset or closed before the first byte of a response
	status          // a whole response, with another status than wanted
	timeout         // not at its end in time
	wrong           // cut off in the middle, or other bytes than wanted
	failed          // a fault of this side: no port, no descriptor
	outcomes
)

var outcomeNames = [outcomes]string{"ok", "refused", "status", "timeout", "wrong", "failed"}

func (o outcome) String() string { return outcomeNames[o] }

// maxValues is how many different values, statuses and errors are told apart.
const maxValues = 64

// recorder collects what became of requests. Goroutines may share it. Latencies
// are kept one by one, so that quantiles are exact.
type recorder struct {
	mu        sync.Mutex
	latencies [outcomes][]time.Duration
	late      []time.Duration
	bytes     int64
	statuses  map[string]int64
	values    map[string]int64
	errors    map[string]int64
}

func newRecorder() *recorder {
	return &recorder{statuses: map[string]int64{}, values: map[string]int64{}, errors: map[string]int64{}}
}

// add counts a request that took so long from when it was due.
func (r *recorder) add(a answer, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.latencies[a.outcome] = append(r.latencies[a.outcome], took)
	r.bytes += a.bytes
	if a.status != 0 {
		count(r.statuses, strconv.Itoa(a.status))
	}
	if a.value != "" {
		count(r.values, a.value)
	}
	if a.err != nil {
		count(r.errors, a.err.Error())
	}
}

// begun counts how late a connection was begun, which is this program's fault.
func (r *recorder) begun(late time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.late = append(r.late, late)
}

func count(counts map[string]int64, what string) {
	if _, known := counts[what]; !known && len(counts) >= maxValues {
		what = "(others)"
	}
	counts[what]++
}

// result is what was measured. Times are milliseconds, unless their name says
// otherwise.
type result struct {
	Seconds   float64            `json:"seconds"` // from when the first was due until load was offered no more
	Offered   int64              `json:"offered"` // connections that were due; of clients: requests
	PerSecond float64            `json:"ok_per_second"`
	Bytes     int64              `json:"bytes"` // of bodies
	Late      figures            `json:"late"`
	Outcomes  map[string]figures `json:"outcomes"`
	Statuses  map[string]int64   `json:"statuses"`
	Values    map[string]int64   `json:"values"`
	Errors    map[string]int64   `json:"errors"`
}

// figures describe durations, in milliseconds.
type figures struct {
	Count int64   `json:"count"`
	Mean  float64 `json:"mean"`
	P50   float64 `json:"p50"`
	P90   float64 `json:"p90"`
	P99   float64 `json:"p99"`
	P999  float64 `json:"p99.9"`
	Max   float64 `json:"max"`
}

func (r *recorder) result(took time.Duration, offered int64) *result {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := &result{
		Seconds: took.Seconds(), Offered: offered, Bytes: r.bytes, Late: describe(r.late),
		PerSecond: float64(len(r.latencies[good])) / took.Seconds(),
		Outcomes:  map[string]figures{}, Statuses: r.statuses, Values: r.values, Errors: r.errors,
	}
	for o := outcome(0); o < outcomes; o++ {
		out.Outcomes[o.String()] = describe(r.latencies[o])
	}
	return out
}

// describe sorts durations and describes them.
func describe(durations []time.Duration) figures {
	if len(durations) == 0 {
		return figures{}
	}
	slices.Sort(durations)
	var sum float64
	for _, d := range durations {
		sum += milliseconds(d)
	}
	return figures{
		Count: int64(len(durations)), Mean: sum / float64(len(durations)),
		P50: milliseconds(quantile(durations, 0.5)), P90: milliseconds(quantile(durations, 0.9)),
		P99: milliseconds(quantile(durations, 0.99)), P999: milliseconds(quantile(durations, 0.999)),
		Max: milliseconds(durations[len(durations)-1]),
	}
}

// quantile returns the smallest of sorted durations that a share q of them, or
// more, does not exceed (the nearest rank).
func quantile(sorted []time.Duration, q float64) time.Duration {
	// 0.999 * 1000 is a little more than 999 in binary.
	rank := int(math.Ceil(q*float64(len(sorted)) - 1e-9))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
