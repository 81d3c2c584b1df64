package aggregator

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
)

func clientsOf(from, to int) *Clients {
	c := NewClients()
	for i := from; i < to; i++ {
		c.add(hashClient(fmt.Append(nil, "client", i)))
	}
	return c
}

// TestEstimateIsTheSketchs holds the fast estimate to the library's, and both to
// the truth: within 4 standard errors.
func TestEstimateIsTheSketchs(t *testing.T) {
	c, counted := NewClients(), 0
	for _, n := range []int{0, 1, 2, 3, 10, 100, 1000, 10_000, 30_000, 100_000, 500_000} {
		c.Merge(clientsOf(counted, n))
		counted = n
		got, library := c.Estimate(), int64(c.sketch.Estimate())
		if difference := got - library; difference < -1 || difference > 1 { // a float rounded the other way
			t.Errorf("%d clients: %d, want the sketch's own estimate %d", n, got, library)
		}
		if off := float64(got - int64(n)); off < -4*0.0081*float64(n) || off > 4*0.0081*float64(n) {
			t.Errorf("%d clients are estimated as %d", n, got)
		}
	}
}

// TestClonesAreApart changes a set and its clones, which share what they can, in
// every order.
func TestClonesAreApart(t *testing.T) {
	original := clientsOf(0, 1000)
	first := original.Clone()
	second := first.Clone()
	original.add(hashClient([]byte("another")))
	second.Merge(clientsOf(1000, 3000))
	for name, test := range map[string]struct{ got, want *Clients }{
		"original": {original, func() *Clients { c := clientsOf(0, 1000); c.add(hashClient([]byte("another"))); return c }()},
		"first":    {first, clientsOf(0, 1000)},
		"second":   {second, clientsOf(0, 3000)},
	} {
		if !bytes.Equal(test.got.marshal(), test.want.marshal()) {
			t.Errorf("the %s set has changed with another", name)
		}
	}
}

// TestSnapshotsAreReadWhileShardsGoOn reads snapshots in several goroutines while
// their shard is being added to: for the race detector, and for what they say.
func TestSnapshotsAreReadWhileShardsGoOn(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 9))
	shard := NewShard(Config{Paths: true, Windows: true})
	var readers sync.WaitGroup
	for range 10 {
		for range 100 {
			shard.Add(entry(random))
		}
		snapshot, summary := shard.Snapshot(), shard.Summary()
		want := marshal(t, snapshot)
		for range 2 {
			readers.Go(func() {
				sum := NewSnapshot()
				sum.Merge(snapshot)
				sum.Merge(summary)
				again, err := snapshot.MarshalBinary()
				if err != nil || !bytes.Equal(again, want) {
					t.Errorf("a snapshot changed while its shard went on (error %v)", err)
				}
			})
		}
	}
	readers.Wait()
}
