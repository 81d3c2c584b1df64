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
	return &Union{setOf(held.Variants), setOf(held.Servers), setOf(held.Statuses)}
}

func setOf[K comparable](list []K) map[K]bool {
	set := make(map[K]bool)
	for _, name := range list {
		set[name] = true
	}
	return set
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
	for _, name := range slices.Sorted(maps.Keys(sum.Upstreams)) {
		u.renameStatuses(sum.Upstreams[name])
	}
	return sum
}

// hold gives the new names of a snapshot the room that there is.
func (u *Union) hold(s *Snapshot) {
	hold(u.variants, maps.Keys(s.Variants), MaxVariants, Other)
	hold(u.servers, maps.Keys(s.Upstreams), MaxServers, Other)
	hold(u.statuses, func(yield func(int) bool) {
		for key := range s.Requests {
			if !yield(key.Status) {
				return
			}
		}
	}, MaxStatuses, OtherStatus)
}

func (u *Union) status(status int) int {
	if u.statuses[status] {
		return status
	}
	return OtherStatus
}

// renameStatuses puts the attempts whose status is not held under OtherStatus.
func (u *Union) renameStatuses(server *Server) {
	for _, status := range slices.Sorted(maps.Keys(server.Status)) {
		n := server.Status[status]
		if to := u.status(status); to != status && !u.holdsMore(status) {
			delete(server.Status, status)
			server.Status[to] += n
		}
	}
}

// holdsMore holds the status of an attempt while there is room.
func (u *Union) holdsMore(status int) bool {
	if status == OtherStatus || len(u.statuses) == MaxStatuses {
		return false
	}
	u.statuses[status] = true
	return true
}

// hold adds names to those that are held, up to limit of them besides other.
func hold[K interface{ ~string | ~int }](held map[K]bool, names func(yield func(K) bool), limit int, other K) {
	if len(held) == limit {
		return
	}
	var fresh []K
	for name := range names {
		if !held[name] && name != other {
			fresh = append(fresh, name)
		}
	}
	slices.Sort(fresh)
	for _, name := range slices.Compact(fresh) {
		if len(held) == limit {
			return
		}
		held[name] = true
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
