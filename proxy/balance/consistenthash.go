package balance

import (
	"cmp"
	"encoding/binary"
	"hash/crc32"
	"slices"
	"strings"
)

// consistentHash is nginx's "hash $remote_addr consistent;", which is ketama,
// bit by bit: each server has 160 points on a circle for each unit of weight,
// and a source belongs to the next point. When a server goes, its sources alone
// move. nginx hashes a server as it is written: "10.0.0.1" and "10.0.0.1:80"
// have different points.
type consistentHash struct {
	points []point // by hash, each hash once
}

// point is where on the circle a server is.
type point struct {
	hash   uint32
	server uint32 // index of the first server of that address
}

const pointsPerWeight = 160

func (h *consistentHash) sticky() bool   { return true }
func (h *consistentHash) compares() bool { return false }

func (h *consistentHash) prepare(p *Pool) {
	h.points = h.points[:0]
	first := make(map[string]uint32, len(p.servers))
	for i, s := range p.servers {
		if _, known := first[s.address]; !known {
			first[s.address] = uint32(i)
		}
		h.points = appendPoints(h.points, s.address, s.weight, first[s.address])
	}
	slices.SortStableFunc(h.points, func(a, b point) int { return cmp.Compare(a.hash, b.hash) })
	h.points = slices.CompactFunc(h.points, func(a, b point) bool { return a.hash == b.hash })
}

// appendPoints appends the points of a server: each is the CRC-32 of host, NUL,
// port and the point before it, which for the first is 0.
func appendPoints(points []point, address string, weight int, server uint32) []point {
	host, port := hostAndPort(address)
	base := crc32.ChecksumIEEE([]byte(host + "\x00" + port))
	var last [4]byte
	for range weight * pointsPerWeight {
		hash := crc32.Update(base, crc32.IEEETable, last[:])
		points = append(points, point{hash, server})
		binary.LittleEndian.PutUint32(last[:], hash)
	}
	return points
}

// hostAndPort splits an address as nginx does for ketama: a port is what
// follows the last colon, if that is digits only.
func hostAndPort(address string) (host, port string) {
	if len(address) >= 5 && strings.EqualFold(address[:5], "unix:") {
		return address[5:], ""
	}
	at := strings.LastIndexByte(address, ':')
	if at < 0 || strings.Trim(address[at+1:], "0123456789") != "" {
		return address, ""
	}
	return address[:at], address[at+1:]
}

func (h *consistentHash) choose(p *Pool, t *turn) pick {
	if len(t.source) == 0 || len(p.servers) == 1 || len(h.points) == 0 {
		return pick{server: smoothest(t.candidates, t.dry)}
	}
	at, _ := slices.BinarySearchFunc(h.points, crc32.ChecksumIEEE(t.source),
		func(a point, hash uint32) int { return cmp.Compare(a.hash, hash) })
	for range hashTries + 1 {
		owner := p.servers[h.points[at%len(h.points)].server]
		if s := sameAddress(t, owner); s != nil {
			return pick{server: s}
		}
		at++
	}
	return pick{server: smoothest(t.candidates, t.dry)}
}

// sameAddress returns one of the candidates at a server's address, by smooth
// weighted round robin if there are several; nil if there is none.
func sameAddress(t *turn, owner *Server) *Server {
	for i, s := range t.candidates {
		if s.address != owner.address {
			continue
		}
		same := t.candidates[i:i]
		for _, other := range t.candidates[i:] {
			if other.address == owner.address {
				same = append(same, other)
			}
		}
		return smoothest(same, t.dry)
	}
	return nil
}
