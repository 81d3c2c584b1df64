package balance

import (
	"fmt"

	"github.com/splitgauge/splitgauge/splitclients"
)

// splitPolicy is the name of the policy split_clients.
const splitPolicy = "split_clients"

// splitClients gives a source to the variant that nginx's split_clients puts it
// into, and among several servers of the variant to one by rendezvous. No source
// ever goes to another variant: when none of its servers is healthy, health is
// ignored, and when none is left there is no server. A client served by the wrong
// variant would be wrong in the experiment as well.
type splitClients struct{ rendezvousHash }

// noPart is the part of servers and sources where there is no split.
const noPart = -1

// division is a split, and which of its values is which part of the servers.
type division struct {
	split *splitclients.Split
	parts []int // of each part of the split's table; the last is of what belongs to none
	key   []byte
}

// part returns which servers a source belongs to.
func (d *division) part(source []byte) int {
	if d == nil {
		return noPart
	}
	d.key = d.split.Key.Append(d.key[:0], func(int) []byte { return source })
	index := d.split.Table.Index(d.key)
	if index == splitclients.NoPart {
		index = len(d.parts) - 1
	}
	return d.parts[index]
}

// divide finds the servers of each variant: those that have it as their
// Variant, else the one of its name. It returns the part of each server.
func divide(split *splitclients.Split, servers []ServerConfig) (*division, []int, error) {
	for _, name := range split.Key.Variables() {
		if name != "remote_addr" {
			return nil, nil, fmt.Errorf("cannot split by the key %q: a connection has no %q, want text and %q only",
				split.Key.String(), "$"+name, "$remote_addr")
		}
	}
	values := split.Table.Values()
	partOf, err := partsOf(values, servers)
	if err != nil {
		return nil, nil, err
	}
	d := &division{split: split}
	partOfValue := map[string]int{}
	for part, value := range values {
		partOfValue[value] = part
	}
	for _, part := range split.Table.Parts() {
		d.parts = append(d.parts, partOfValue[part.Value])
	}
	d.parts = append(d.parts, partOfValue[""])
	return d, partOf, nil
}

// partsOf returns for each server the index of its value.
func partsOf(values []string, servers []ServerConfig) ([]int, error) {
	partOf := make([]int, len(servers))
	for i := range partOf {
		partOf[i] = noPart
	}
	// Named values first: what is left without a variant is of the empty one.
	for _, empty := range []bool{false, true} {
		for part, value := range values {
			if (value == "") == empty && !assign(partOf, part, value, servers) {
				return nil, fmt.Errorf("no server is of the variant %q: want one with it as its variant or its name", value)
			}
		}
	}
	for i, part := range partOf {
		if part == noPart {
			return nil, fmt.Errorf("the server %q is of the variant %q, which no client gets; want one of %q",
				servers[i].Name, servers[i].Variant, values)
		}
	}
	return partOf, nil
}

// assign gives a part to the servers of a value, and says whether there are any.
func assign(partOf []int, part int, value string, servers []ServerConfig) (found bool) {
	for i := range servers {
		if partOf[i] == noPart && servers[i].Variant == value {
			partOf[i], found = part, true
		}
	}
	if found || value == "" {
		return found
	}
	for i := range servers {
		if partOf[i] == noPart && servers[i].Name == value && servers[i].Variant == "" {
			partOf[i], found = part, true
		}
	}
	return found
}
