package conformance

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

// watcher scrapes an agent over and over, as Prometheus does, and keeps the
// highest value that it has seen of each counter.
type watcher struct {
	highest map[string]float64
	back    []string // counters that stepped back, and how
	scrapes int
}

// see takes one scrape.
func (w *watcher) see(e *exposition) {
	w.scrapes++
	for key, value := range e.counters() {
		if before := w.highest[key]; value < before {
			w.back = append(w.back, fmt.Sprintf("%s from %.0f to %.0f", key, before, value))
		}
		w.highest[key] = max(value, w.highest[key])
	}
}

// watch scrapes the agent in a goroutine until the function that it returns is
// called, which fails the test if a counter has stepped back. A refused
// connection and 503 are what a scraper has to live with.
func (a *agent) watch(interval time.Duration) (stop func()) {
	t := a.trial
	w := &watcher{highest: map[string]float64{}}
	stopped, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			if e := a.scrape(); e != nil {
				w.see(e)
			}
			select {
			case <-stopped:
				return
			case <-ticker.C:
			}
		}
	}()
	stop = sync.OnceFunc(func() {
		t.Helper()
		close(stopped)
		<-done
		for i, counter := range w.back {
			if i == 10 {
				t.Errorf("… and %d more", len(w.back)-i)
				break
			}
			t.Errorf("a counter stepped back: %s", counter)
		}
		if w.scrapes == 0 {
			t.Errorf("no scrape succeeded%s", a.said())
		}
	})
	t.Cleanup(stop)
	return stop
}

func TestWatcher(t *testing.T) {
	w := &watcher{highest: map[string]float64{}}
	for _, text := range []string{"5", "6", "6", "4", "6", "7"} {
		e, err := parseExposition("# TYPE splitgauge_a_total counter\nsplitgauge_a_total " + text + "\n")
		if err != nil {
			t.Fatal(err)
		}
		w.see(e)
	}
	if len(w.back) != 1 || w.back[0] != "splitgauge_a_total from 6 to 4" {
		t.Errorf("got %q", w.back)
	}
}
