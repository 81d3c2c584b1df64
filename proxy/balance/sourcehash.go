package balance

import (
	"hash/crc32"
	"strconv"
)

// sourceHash is nginx's "hash $remote_addr;", bit by bit: the weights laid end
// to end, and 15 bits of CRC-32 modulo their sum. Of n servers, the coming or
// going of one moves about (n-1)/n of all sources: consistent_hash and
// rendezvous_hash move 1/n. For sums of weights that are no small part of 2^15
// it is uneven as well, docs/balancing.md says how much.
type sourceHash struct {
	total  uint32 // of the weights of all servers, also of those that are down
	digits []byte // memory for numbers
}

func (h *sourceHash) sticky() bool   { return true }
func (h *sourceHash) compares() bool { return false }

func (h *sourceHash) prepare(p *Pool) {
	h.total = 0
	for _, s := range p.servers {
		h.total += uint32(s.weight)
	}
}

// hashTries is how many servers nginx finds not usable before it goes on with
// round robin.
const hashTries = 20

func (h *sourceHash) choose(p *Pool, t *turn) pick {
	if len(t.source) == 0 || len(p.servers) == 1 {
		return pick{server: smoothest(t.candidates, t.dry)}
	}
	var sum uint32
	for rehash := range hashTries + 1 {
		var prefix []byte // none, then 1, 2, …
		if rehash > 0 {
			h.digits = strconv.AppendInt(h.digits[:0], int64(rehash), 10)
			prefix = h.digits
		}
		crc := crc32.Update(crc32.ChecksumIEEE(prefix), crc32.IEEETable, t.source)
		sum += crc >> 16 & 0x7fff
		if s := h.at(p, sum%h.total); s.usable {
			return pick{server: s}
		}
	}
	return pick{server: smoothest(t.candidates, t.dry)}
}

// at returns the server at a place among the weights laid end to end.
func (h *sourceHash) at(p *Pool, place uint32) *Server {
	for _, s := range p.servers {
		if place < uint32(s.weight) {
			return s
		}
		place -= uint32(s.weight)
	}
	panic("BUG: the sum of the weights is not the sum of the weights")
}
