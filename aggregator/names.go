package aggregator

import "hash/maphash"

// maxName is how many bytes of a name are kept.
const maxName = 256

// names numbers the distinct names of one dimension in the order they come, up
// to a limit: an open-addressing hash table from borrowed bytes to a small
// integer, without a string or an allocation for a name that is known. The hash
// is seeded at random, so that nobody can choose names that collide.
type names struct {
	limit int
	seed  maphash.Seed
	list  []string // by number
	slots []slot   // a power of two of them, at most half in use
}

// slot is a place of the hash table; tag 0 is free.
type slot struct {
	tag    uint32 // of the name's hash
	number uint32
}

func newNames(limit int) *names {
	return &names{limit: limit, seed: maphash.MakeSeed(), slots: make([]slot, 64)}
}

// number returns the number of name, a new one where it is not known yet, and
// limit where the table is full.
func (n *names) number(name []byte) int {
	if len(name) > maxName {
		name = name[:maxName]
	}
	place, tag := n.place(maphash.Bytes(n.seed, name))
	mask := len(n.slots) - 1
	for ; n.slots[place].tag != 0; place = (place + 1) & mask {
		if s := n.slots[place]; s.tag == tag && n.list[s.number] == string(name) {
			return int(s.number)
		}
	}
	if len(n.list) == n.limit {
		return n.limit
	}
	n.slots[place] = slot{tag, uint32(len(n.list))}
	n.list = append(n.list, string(name))
	if 2*len(n.list) > len(n.slots) {
		n.grow()
	}
	return len(n.list) - 1
}

// find returns the number of a name that is known.
func (n *names) find(name string) (number int, known bool) {
	name = name[:min(len(name), maxName)]
	place, tag := n.place(maphash.String(n.seed, name))
	mask := len(n.slots) - 1
	for ; n.slots[place].tag != 0; place = (place + 1) & mask {
		if s := n.slots[place]; s.tag == tag && n.list[s.number] == name {
			return int(s.number), true
		}
	}
	return 0, false
}

// place returns where the search for a hash begins, and its tag.
func (n *names) place(hash uint64) (place int, tag uint32) {
	return int(hash) & (len(n.slots) - 1), uint32(hash>>32) | 1
}

func (n *names) grow() {
	n.slots = make([]slot, 2*len(n.slots))
	mask := len(n.slots) - 1
	for number, name := range n.list {
		place, tag := n.place(maphash.String(n.seed, name))
		for n.slots[place].tag != 0 {
			place = (place + 1) & mask
		}
		n.slots[place] = slot{tag, uint32(number)}
	}
}

// name returns the name of number; Other where it is past the limit.
func (n *names) name(number int) string {
	if number >= n.limit {
		return Other
	}
	return n.list[number]
}
