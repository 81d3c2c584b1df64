package main

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// wait lets time pass inside a bubble.
func wait(d time.Duration) { <-time.After(d) }

func TestScheduleIsEven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		s := schedule{begin: begin, rate: 400, count: 1000}
		offered := s.run(t.Context(), func(number int64, due time.Time) {
			want := time.Duration(number) * 2500 * time.Microsecond
			if got := due.Sub(begin); got != want {
				t.Fatalf("number %d is due after %v, want %v", number, got, want)
			}
			if now := time.Now(); !now.Equal(due) {
				t.Fatalf("number %d, due at %v, was launched at %v", number, due, now)
			}
		})
		if offered != 1000 {
			t.Errorf("%d offered, want 1000", offered)
		}
	})
}

// TestScheduleCatchesUp stalls the launching itself: what became due meanwhile
// is launched at once, and is due when it always was.
func TestScheduleCatchesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var launched []time.Duration
		s := schedule{begin: begin, rate: 10, count: 20}
		s.run(t.Context(), func(number int64, due time.Time) {
			if want := begin.Add(time.Duration(number) * 100 * time.Millisecond); !due.Equal(want) {
				t.Fatalf("number %d is due at %v, want %v", number, due, want)
			}
			launched = append(launched, time.Since(begin))
			if number == 3 {
				wait(time.Second)
			}
		})
		for number, at := range launched {
			want := time.Duration(number) * 100 * time.Millisecond
			if number > 3 {
				want = max(want, 1300*time.Millisecond)
			}
			if at != want {
				t.Errorf("number %d was launched after %v, want %v", number, at, want)
			}
		}
	})
}

func TestScheduleEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 950*time.Millisecond)
		defer cancel()
		s := schedule{begin: time.Now(), rate: 10, count: 1000}
		if offered := s.run(ctx, func(int64, time.Time) {}); offered != 10 {
			t.Errorf("%d offered, want 10", offered)
		}
	})
}

// TestLatencyBeginsWhenDue has a server that stands still for a second: whoever
// was due in that second has waited for it, and is in the quantiles. A generator
// that waits for answers before it asks again would see one slow request.
func TestLatencyBeginsWhenDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		resumes := begin.Add(2 * time.Second)
		o := options{rate: 100, duration: 10 * time.Second}
		r := offerTo(t.Context(), o, 1000, func(_ context.Context, number int64, due time.Time, r *recorder) {
			if at := time.Now(); at.After(begin.Add(time.Second)) && at.Before(resumes) {
				wait(resumes.Sub(at))
			}
			wait(time.Millisecond)
			r.add(answer{outcome: good}, time.Since(due))
		})
		ok := r.Outcomes["ok"]
		if ok.Count != 1000 || r.Offered != 1000 {
			t.Fatalf("%d of %d ok, want 1000 of 1000", ok.Count, r.Offered)
		}
		if ok.P50 != 1 || ok.P90 != 1 {
			t.Errorf("p50 %v ms, p90 %v ms, want 1", ok.P50, ok.P90)
		}
		// 99 requests waited, 10 to 990 ms; ten of 1000 are above the p99.
		if ok.P99 != 891 || ok.Max != 991 {
			t.Errorf("p99 %v ms, at most %v ms, want 891 and 991", ok.P99, ok.Max)
		}
		if r.Late.Max != 0 {
			t.Errorf("begun late by %v ms, want 0", r.Late.Max)
		}
	})
}

// TestOfferKeepsItsLimit has a server that never answers in time.
func TestOfferKeepsItsLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options{rate: 100, duration: time.Second}
		r := offerTo(t.Context(), o, 30, func(_ context.Context, _ int64, due time.Time, r *recorder) {
			wait(time.Minute)
			r.add(answer{outcome: timeout}, time.Since(due))
		})
		if got := r.Outcomes["timeout"].Count; got != 30 {
			t.Errorf("%d were open, want 30", got)
		}
		if got := r.Outcomes["failed"].Count; got != 70 || r.Errors[errTooMany.Error()] != 70 {
			t.Errorf("%d failed for want of descriptors, want 70; errors %v", got, r.Errors)
		}
	})
}
