package loggen

import (
	"maps"
	"slices"
)

// distribution is how often each value in milliseconds was seen.
type distribution struct {
	frequent []int64         // by value; grown as far as needed, below denseLimit
	rare     map[int64]int64 // by value
	sparse   bool            // keep all values in rare: there are many of us
}

// denseLimit is the value from which on counts are kept in a map.
const denseLimit = 4096

// add counts one value, which is not negative.
func (d *distribution) add(ms int64) {
	if ms < int64(len(d.frequent)) {
		d.frequent[ms]++
		return
	}
	if ms < denseLimit && !d.sparse {
		grown := make([]int64, min(2*ms+64, denseLimit))
		copy(grown, d.frequent)
		d.frequent = grown
		d.frequent[ms]++
		return
	}
	if d.rare == nil {
		d.rare = make(map[int64]int64)
	}
	d.rare[ms]++
}

// merge adds all values of other.
func (d *distribution) merge(other *distribution) {
	for _, v := range other.values() {
		if d.rare == nil {
			d.rare = make(map[int64]int64)
		}
		d.rare[v.ms] += v.times
	}
}

// seen is a value and how often it was seen.
type seen struct{ ms, times int64 }

// values lists what was seen by ascending value.
func (d *distribution) values() (list []seen) {
	for ms, times := range d.frequent {
		if times > 0 {
			list = append(list, seen{int64(ms), times})
		}
	}
	for _, ms := range slices.Sorted(maps.Keys(d.rare)) {
		if n := len(list); n > 0 && list[n-1].ms == ms {
			list[n-1].times += d.rare[ms]
		} else {
			list = append(list, seen{ms, d.rare[ms]})
		}
	}
	// A merged distribution may have small values in its map.
	slices.SortFunc(list, func(a, b seen) int { return int(a.ms - b.ms) })
	return list
}

// report describes the distribution.
func (d *distribution) report(bounds bucketBounds) Distribution {
	list := d.values()
	if len(list) == 0 {
		return Distribution{}
	}
	s := &Spread{Min: list[0].ms, Max: list[len(list)-1].ms}
	var count int64
	for _, v := range list {
		count += v.times
		s.Sum += v.ms * v.times
	}
	quantile := func(percent int64) int64 {
		rank := (percent*count + 99) / 100 // rounded up
		for _, v := range list {
			if rank -= v.times; rank <= 0 {
				return min(bounds.upper(v.ms), s.Max)
			}
		}
		return s.Max
	}
	s.P50, s.P90, s.P99 = quantile(50), quantile(90), quantile(99)
	return Distribution{count, s}
}
