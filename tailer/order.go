package tailer

import (
	"cmp"
	"slices"
)

// Order sorts sources into the order in which they were written and sets their
// Index. first returns the time of a source's first request, in milliseconds
// since 1970, if it has one. Sources without a time come last; among them, and
// among equal times, the names of rotated files decide, oldest first, and then
// the order given.
func Order(sources []*Source, first func(*Source) (unixMilli int64, ok bool)) {
	type dated struct {
		source  *Source
		time    int64
		undated bool
		name    rotatedName
	}
	list := make([]dated, len(sources))
	for i, source := range sources {
		time, ok := first(source)
		list[i] = dated{source, time, !ok, parseRotatedName(source.Name)}
	}
	slices.SortStableFunc(list, func(a, b dated) int {
		switch {
		case a.undated != b.undated && a.undated:
			return 1
		case a.undated != b.undated:
			return -1
		case a.undated || a.time == b.time:
			return a.name.compare(b.name)
		}
		return cmp.Compare(a.time, b.time)
	})
	for i, each := range list {
		each.source.Index = i
		sources[i] = each.source
	}
}
