package balance

import "time"

// window counts what happened within the last 10 s, in slots of a second. Sums
// of counts, not averages weighted by time: a burst of failures in a quiet time
// must not hide behind what came before.
type window struct {
	slots [windowSlots]slot
}

type slot struct {
	second             int64
	attempts, failures int64
}

const (
	windowSlots  = 10
	windowLength = windowSlots * time.Second

	// leastAttempts is how many attempts there are taken to have been at least:
	// one failure of one is no share of 100 %.
	leastAttempts = 20
)

func (w *window) add(now instant, attempts, failures int64) {
	second := secondOf(now)
	s := &w.slots[second%windowSlots]
	if s.second != second {
		*s = slot{second: second}
	}
	s.attempts += attempts
	s.failures += failures
}

// sums returns what there was in the last 10 s.
func (w *window) sums(now instant) (attempts, failures int64) {
	second := secondOf(now)
	for i := range w.slots {
		if s := &w.slots[i]; s.second > second-windowSlots && s.second <= second {
			attempts += s.attempts
			failures += s.failures
		}
	}
	return attempts, failures
}

// share returns the share of attempts that failed.
func (w *window) share(now instant) float64 {
	attempts, failures := w.sums(now)
	return min(1, float64(failures)/float64(max(attempts, leastAttempts)))
}

// secondOf counts from 1, so that an empty slot is of no second.
func secondOf(now instant) int64 { return int64(now/time.Second) + 1 }
