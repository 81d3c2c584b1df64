package aggregator

import (
	"maps"
	"slices"
)

// Held are the names that hold a slot where several shards are merged again and
// again, as for every scrape: a name that has had a series keeps it, whichever
// shard has more requests by now, or a counter would step back. It is part of
// what a live agent keeps.
type Held struct {
	Variants, Servers []string
	Statuses          []int
}

// Union merges snapshots, the same shards' ones again and again, and holds what
// has been given a name once. It belongs to one goroutine at a time.
type Union struct {
	variants, servers map[string]bool
	statuses          map[int]bool
}

// NewUnion returns a union that goes on from what an earlier one held.
func NewUnion(held Held) *Union {
	u := &Union{make(map[string]bool), make(map[string]bool), make(map[int]bool)}
	hold(u.variants, held.Variants, MaxVariants, Other)
	hold(u.servers, held.Servers, MaxServers, Other)
	hold(u.statuses, held.Statuses, MaxStatuses, OtherStatus)
	return u
}

// Declare holds names that are known from nginx's configuration. Where there is
// no room, others lose their slot for them, the last in byte order first: their
// series end, and what they counted goes on in that of Other.
func (u *Union) Declare(variants, servers []string) {
	declare(u.variants, variants, MaxVariants)
	declare(u.servers, servers, MaxServers)
}

func declare(held map[string]bool, names []string, limit int) {
	names = names[:min(len(names), limit)]
	var others []string
	for name := range held {
		if !slices.Contains(names, name) {
			others = append(others, name)
		}
	}
	slices.Sort(others)
	clear(held)
	hold(held, names, limit, Other)
	hold(held, others, limit, Other)
}

// Held returns what the union holds, sorted.
func (u *Union) Held() Held {
	return Held{
		Variants: slices.Sorted(maps.Keys(u.variants)),
		Servers:  slices.Sorted(maps.Keys(u.servers)),
		Statuses: slices.Sorted(maps.Keys(u.statuses)),
	}
}

// Merge returns the sum of snapshots. It changes none of them. Names that are new
// are held in the order of the snapshots, and of bytes within one, while there is
// room; those that come after count as Other, and in Overflow. Hosts and paths,
// which no series has, are admitted as Snapshot.Merge does.
func (u *Union) Merge(snapshots ...*Snapshot) *Snapshot {
	sum := NewSnapshot()
	for _, s := range snapshots {
		u.hold(s)
		sum.add(s, renames{
			variants: heldOr(u.variants),
			hosts:    admit(sum.Hosts, s.Hosts, MaxHosts, requestsOf),
			paths:    admit(sum.Paths, s.Paths, MaxPaths, requestsOf),
			servers:  heldOr(u.servers),
			statuses: u.status,
		})
	}
	return sum
}

// hold gives the new names of a snapshot the room that there is.
func (u *Union) hold(s *Snapshot) {
	hold(u.variants, slices.Sorted(maps.Keys(s.Variants)), MaxVariants, Other)
	hold(u.servers, slices.Sorted(maps.Keys(s.Upstreams)), MaxServers, Other)
	hold(u.statuses, statusesOf(s), MaxStatuses, OtherStatus)
}

func (u *Union) status(status int) int {
	if u.statuses[status] {
		return status
	}
	return OtherStatus
}

// hold adds names to those that are held, up to limit of them besides other.
func hold[K comparable](held map[K]bool, names []K, limit int, other K) {
	for _, name := range names {
		if len(held) < limit && name != other {
			held[name] = true
		}
	}
}

// heldOr returns the renaming of names that are not held to Other.
func heldOr(held map[string]bool) rename {
	return func(name string) string {
		if held[name] {
			return name
		}
		return Other
	}
}
