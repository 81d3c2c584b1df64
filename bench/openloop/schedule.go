package main

import (
	"context"
	"math"
	"time"
)

// schedule says when things are due: the first one at begin, and from then on
// at even distances, whatever becomes of those before.
type schedule struct {
	begin time.Time
	rate  float64 // a second
	count int64
}

// due returns when the one with a number, from 0, is due.
func (s schedule) due(number int64) time.Time {
	return s.begin.Add(time.Duration(math.Round(float64(number) / s.rate * float64(time.Second))))
}

// run calls launch for each when it is due, and at once for those that have
// become due while launch, or the machine, took its time: none is left out and
// none is put off. It returns how many there were before ctx ended.
func (s schedule) run(ctx context.Context, launch func(number int64, due time.Time)) int64 {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for number := range s.count {
		due := s.due(number)
		if wait := time.Until(due); wait > 0 {
			timer.Reset(wait)
			select {
			case <-timer.C:
			case <-ctx.Done():
				return number
			}
		} else if ctx.Err() != nil {
			return number
		}
		launch(number, due)
	}
	return s.count
}
