package checkpoint

import (
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/tailer"
)

// The body: what is kept, then the times until when it held, which go on while
// nothing changes. Both are fields in a fixed order; numbers are varints, names
// and lists carry their length, logs and maps are sorted, so that equal states
// have equal bytes.
//
// encode returns the body, and how much of it comes before the times. That part
// alone decides whether anything has changed.
func encode(state *State) (body []byte, kept int, err error) {
	logs := slices.Clone(state.Logs)
	slices.SortStableFunc(logs, func(a, b Log) int { return strings.Compare(a.Name, b.Name) })

	var w writer
	w.time(state.Created)
	w.strings(state.Patterns)
	w.length(len(logs))
	for i := range logs {
		w.log(&logs[i])
	}
	w.length(len(state.Left))
	for i := range state.Left {
		w.string(state.Left[i].Name)
		w.place(&state.Left[i].Place)
		w.time(state.Left[i].Place.Looked) // it does not change any more
	}
	w.snapshot(state.Departed)
	w.strings(state.Held.Variants)
	w.strings(state.Held.Servers)
	w.length(len(state.Held.Statuses))
	for _, status := range state.Held.Statuses {
		w.int(int64(status))
	}
	kept = len(w.data)

	w.time(state.Written)
	for i := range logs {
		if logs[i].Place != nil {
			w.time(logs[i].Place.Looked)
		}
	}
	return w.data, kept, w.err
}

// writer puts data together.
type writer struct {
	data []byte
	err  error // the first
}

func (w *writer) uint(n uint64)  { w.data = binary.AppendUvarint(w.data, n) }
func (w *writer) int(n int64)    { w.data = binary.AppendVarint(w.data, n) }
func (w *writer) length(n int)   { w.uint(uint64(n)) }
func (w *writer) fixed(n uint64) { w.data = binary.LittleEndian.AppendUint64(w.data, n) }

// flag writes whether something follows.
func (w *writer) flag(set bool) {
	if set {
		w.uint(1)
	} else {
		w.uint(0)
	}
}

func (w *writer) bytes(b []byte) {
	w.length(len(b))
	w.data = append(w.data, b...)
}

func (w *writer) string(s string) {
	w.length(len(s))
	w.data = append(w.data, s...)
}

func (w *writer) strings(list []string) {
	w.length(len(list))
	for _, s := range list {
		w.string(s)
	}
}

// time writes seconds and nanoseconds: of the zero time and of years far away
// there is no number of nanoseconds.
func (w *writer) time(t time.Time) {
	w.int(t.Unix())
	w.uint(uint64(t.Nanosecond()))
}

func (w *writer) log(log *Log) {
	w.string(log.Name)
	w.time(log.Created)
	w.int(log.Dropped)
	w.place(log.Place)
	w.snapshot(log.Counted)
}

func (w *writer) place(place *tailer.Place) {
	w.flag(place != nil)
	if place == nil {
		return
	}
	w.length(len(place.Files))
	for _, file := range place.Files {
		w.uint(file.Device)
		w.uint(file.Inode)
		w.int(int64(file.Head.Length))
		w.fixed(file.Head.Sum)
		w.int(file.Offset)
		w.int(file.Size)
		w.flag(file.Left)
	}
	w.int(place.Rotations)
	w.int(place.Truncations)
	w.length(len(place.Lost))
	for _, cause := range slices.Sorted(maps.Keys(place.Lost)) {
		w.string(string(cause))
		w.int(place.Lost[cause])
	}
}

func (w *writer) snapshot(snapshot *aggregator.Snapshot) {
	w.flag(snapshot != nil)
	if snapshot == nil {
		return
	}
	data, err := snapshot.MarshalBinary()
	if err != nil && w.err == nil {
		w.err = err
	}
	w.bytes(data)
}
