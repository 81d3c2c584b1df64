package main

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestQuantileByDefinition counts, for each quantile, who is not above it.
func TestQuantileByDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		durations := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) time.Duration {
			return time.Duration(rapid.IntRange(0, 50).Draw(t, "duration"))
		}), 1, 3000).Draw(t, "durations")
		slices.Sort(durations)
		for _, perMille := range []int{0, 1, 500, 900, 990, 999, 1000} {
			got := quantile(durations, float64(perMille)/1000)
			below, notAbove := 0, 0
			for _, d := range durations {
				if d < got {
					below++
				}
				if d <= got {
					notAbove++
				}
			}
			if 1000*notAbove < perMille*len(durations) {
				t.Fatalf("only %d of %d are at most the %d/1000 quantile %v", notAbove, len(durations), perMille, got)
			}
			if below > 0 && 1000*below >= perMille*len(durations) {
				t.Fatalf("%d of %d are below the %d/1000 quantile %v: it is too large", below, len(durations), perMille, got)
			}
		}
	})
}

func TestDescribe(t *testing.T) {
	var durations []time.Duration
	for i := range 1000 {
		durations = append(durations, time.Duration(1000-i)*time.Millisecond)
	}
	got := describe(durations)
	want := figures{Count: 1000, Mean: 500.5, P50: 500, P90: 900, P99: 990, P999: 999, Max: 1000}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := describe(nil); got != (figures{}) {
		t.Errorf("nothing is described as %+v", got)
	}
}

func TestValuesAreBounded(t *testing.T) {
	r := newRecorder()
	for i := range 10 * maxValues {
		r.add(answer{outcome: good, status: 200, value: fmt.Sprint(i)}, 0)
	}
	result := r.result(time.Second, 0)
	if len(result.Values) != maxValues+1 || result.Values["(others)"] != 9*maxValues {
		t.Errorf("%d values, %d others; want %d and %d", len(result.Values), result.Values["(others)"], maxValues+1, 9*maxValues)
	}
	if result.Statuses["200"] != 10*maxValues {
		t.Errorf("statuses %v", result.Statuses)
	}
}
