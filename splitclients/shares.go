package splitclients

// HashSpace is how many hashes there are. Keys spread over them evenly, so
// that a number of hashes out of HashSpace is the exact share of keys.
const HashSpace = 1 << 32

// Share is how much of the hash space gets a value.
type Share struct {
	Value string

	// Hashes is the exact share, of HashSpace. It is what nginx does: each
	// threshold is rounded down, so that it differs from Percent by a few
	// hashes.
	Hashes uint64

	// Percent is the share as configured, in hundredths of a percent: all
	// parts of this value together, and for "" what is left to no part.
	Percent uint32
}

// Shares returns the share of every value, in the order of the parts; "" comes
// last if no part has it and some key gets it, be it for rounding. Hashes add up
// to HashSpace and Percent to 10000. A value of parts that no key can reach,
// such as those after "*", is listed with 0.
func (t *Table) Shares() []Share {
	var shares []Share
	index := make(map[string]int)
	share := func(value string) *Share {
		i, ok := index[value]
		if !ok {
			i = len(shares)
			index[value] = i
			shares = append(shares, Share{Value: value})
		}
		return &shares[i]
	}
	for _, part := range t.parts {
		share(part.Value).Percent += part.Percent
	}
	var start uint64
	for _, r := range t.ranges() {
		share(r.value).Hashes += r.end - start
		start = r.end
	}
	if t.rest > 0 {
		share("").Percent += t.rest
	}
	return shares
}

// hashRange is neighbouring hashes with one value.
type hashRange struct {
	end   uint64 // the first hash that is no longer in it; it starts where the one before ends
	value string
}

// ranges returns the hash space cut by the thresholds, none of them empty.
func (t *Table) ranges() []hashRange {
	ranges := make([]hashRange, 0, len(t.parts)+1)
	for _, part := range t.parts {
		if part.Threshold == 0 {
			return append(ranges, hashRange{HashSpace, part.Value})
		}
		ranges = append(ranges, hashRange{uint64(part.Threshold), part.Value})
	}
	return append(ranges, hashRange{HashSpace, ""})
}
