package aggregator

import "hash/maphash"

// targets remembers the path numbers of request targets that came lately and
// are their own template: most requests are for few paths, and finding a whole
// target costs less than looking at each of its segments. Each target has one
// place, which the next one with the same place takes over.
type targets struct {
	seed    maphash.Seed
	entries [1 << 10]target
}

// target is a request target as logged, and the number of its path.
type target struct {
	size   uint8 // bytes of text in use; 0 is free
	number uint16
	text   [60]byte // longer targets are not remembered
}

func newTargets() *targets { return &targets{seed: maphash.MakeSeed()} }

func (t *targets) entry(text []byte) *target {
	return &t.entries[maphash.Bytes(t.seed, text)%uint64(len(t.entries))]
}

// get returns the number of the target's path, or -1 where it is not known.
func (t *targets) get(text []byte) int {
	if len(text) > len(target{}.text) {
		return -1
	}
	e := t.entry(text)
	if int(e.size) != len(text) || string(e.text[:e.size]) != string(text) {
		return -1
	}
	return int(e.number)
}

// put remembers the number of a target's path.
func (t *targets) put(text []byte, number int) {
	if len(text) > len(target{}.text) {
		return
	}
	e := t.entry(text)
	e.size = uint8(copy(e.text[:], text))
	e.number = uint16(number)
}
