package aggregator

import (
	"bytes"

	"github.com/cespare/xxhash/v2"
)

// maxName is how many bytes of a name are kept.
const maxName = 256

// names numbers the distinct names of one dimension in the order they come,
// up to a limit: an open-addressing hash table from borrowed bytes to a small
// integer, without a string or an allocation for a name that is known.
type names struct {
	limit int
	list  []string // by number
	slots []slot   // power of two, at most half full

	// The last name looked up. Neighbouring lines often share a name.
	last       []byte
	lastNumber int
}

// slot is a place of the hash table; tag 0 is free.
type slot struct {
	tag    uint32 // of the name's hash
	number uint32
}

func newNames(limit int) *names {
	return &names{limit: limit, slots: make([]slot, 64), lastNumber: -1}
}

// number returns the number of name, a new one where it is not known yet. It
// returns limit where the name is new and the table full; the numbers of known
// names are below.
func (n *names) number(name []byte) int {
	if n.lastNumber >= 0 && bytes.Equal(name, n.last) {
		return n.lastNumber
	}
	if len(name) > maxName {
		name = name[:maxName]
	}
	number := n.find(name)
	if number < n.limit {
		n.last, n.lastNumber = append(n.last[:0], name...), number
	}
	return number
}

func (n *names) find(name []byte) int {
	hash := xxhash.Sum64(name)
	tag := uint32(hash>>32) | 1
	mask := uint64(len(n.slots) - 1)
	i := hash & mask
	for ; n.slots[i].tag != 0; i = (i + 1) & mask {
		if n.slots[i].tag == tag && n.list[n.slots[i].number] == string(name) {
			return int(n.slots[i].number)
		}
	}
	if len(n.list) == n.limit {
		return n.limit
	}
	n.slots[i] = slot{tag, uint32(len(n.list))}
	n.list = append(n.list, string(name))
	if 2*len(n.list) > len(n.slots) {
		n.grow()
	}
	return len(n.list) - 1
}

func (n *names) grow() {
	n.slots = make([]slot, 2*len(n.slots))
	mask := uint64(len(n.slots) - 1)
	for number, name := range n.list {
		hash := xxhash.Sum64String(name)
		i := hash & mask
		for n.slots[i].tag != 0 {
			i = (i + 1) & mask
		}
		n.slots[i] = slot{uint32(hash>>32) | 1, uint32(number)}
	}
}

// name returns the name of number; Other where it is past the limit.
func (n *names) name(number int) string {
	if number >= n.limit {
		return Other
	}
	return n.list[number]
}
