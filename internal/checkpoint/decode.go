package checkpoint

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/tailer"
)

// decode is the reverse of encode. Memory is bounded by the size of body: no
// list is made before its items have been read.
func decode(body []byte) (state *State, kept int, err error) {
	r := reader{data: body}
	state = &State{Created: r.time()}
	state.Patterns = readList(&r, r.string)
	state.Logs = readList(&r, r.log)
	state.Left = readList(&r, r.left)
	state.Departed = r.snapshot()
	state.Held.Variants = readList(&r, r.string)
	state.Held.Servers = readList(&r, r.string)
	state.Held.Statuses = readList(&r, func() int { return int(r.int()) })
	kept = len(body) - len(r.data)

	state.Written = r.time()
	for i := range state.Logs {
		if place := state.Logs[i].Place; place != nil {
			place.Looked = r.time()
		}
	}
	if r.err == nil && len(r.data) > 0 {
		r.fail("%d bytes too many", len(r.data))
	}
	if r.err != nil {
		return nil, 0, r.err
	}
	return state, kept, nil
}

// reader takes data apart. After the first error everything it returns is zero.
type reader struct {
	data []byte
	err  error
}

func (r *reader) fail(format string, arguments ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, arguments...)
		r.data = nil
	}
}

func (r *reader) uint() uint64 {
	n, size := binary.Uvarint(r.data)
	if size <= 0 {
		r.fail("it ends in the middle of a number, or a number is too large")
		return 0
	}
	r.data = r.data[size:]
	return n
}

func (r *reader) int() int64 {
	n, size := binary.Varint(r.data)
	if size <= 0 {
		r.fail("it ends in the middle of a number, or a number is too large")
		return 0
	}
	r.data = r.data[size:]
	return n
}

func (r *reader) fixed() uint64 {
	if len(r.data) < 8 {
		r.fail("it ends in the middle of a number")
		return 0
	}
	n := binary.LittleEndian.Uint64(r.data)
	r.data = r.data[8:]
	return n
}

func (r *reader) flag() bool {
	n := r.uint()
	if n > 1 {
		r.fail("%d where 0 or 1 belongs", n)
	}
	return n == 1
}

// length reads the length of a list whose items take at least one byte each.
func (r *reader) length() int {
	n := r.uint()
	if n > uint64(len(r.data)) {
		r.fail("a list of %d items in %d bytes", n, len(r.data))
		return 0
	}
	return int(n)
}

func (r *reader) bytes() []byte {
	n := r.length()
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}

func (r *reader) string() string { return string(r.bytes()) }

// readList returns nil for an empty list.
func readList[T any](r *reader, read func() T) (list []T) {
	for range r.length() {
		item := read()
		if r.err != nil {
			return nil
		}
		list = append(list, item)
	}
	return list
}

func (r *reader) time() time.Time {
	seconds, nanoseconds := r.int(), r.uint()
	if nanoseconds >= 1e9 {
		r.fail("%d nanoseconds of a second", nanoseconds)
		return time.Time{}
	}
	return time.Unix(seconds, int64(nanoseconds)).UTC()
}

func (r *reader) log() Log {
	return Log{
		Name:    r.string(),
		Created: r.time(),
		Dropped: r.int(),
		Place:   r.place(),
		Counted: r.snapshot(),
	}
}

func (r *reader) place() *tailer.Place {
	if !r.flag() {
		return nil
	}
	place := &tailer.Place{
		Files:       readList(r, r.position),
		Rotations:   r.int(),
		Truncations: r.int(),
	}
	for range r.length() {
		cause := tailer.LossCause(r.string())
		bytes := r.int()
		if r.err != nil {
			return nil
		}
		if place.Lost == nil {
			place.Lost = make(map[tailer.LossCause]int64)
		}
		place.Lost[cause] = bytes
	}
	return place
}

func (r *reader) position() tailer.Position {
	return tailer.Position{
		Device: r.uint(),
		Inode:  r.uint(),
		Head:   tailer.Fingerprint{Length: int(r.int()), Sum: r.fixed()},
		Offset: r.int(),
		Size:   r.int(),
		Left:   r.flag(),
	}
}

func (r *reader) snapshot() *aggregator.Snapshot {
	if !r.flag() {
		return nil
	}
	data := r.bytes()
	if r.err != nil {
		return nil
	}
	snapshot := new(aggregator.Snapshot)
	if err := snapshot.UnmarshalBinary(data); err != nil {
		r.fail("%w", err)
		return nil
	}
	return snapshot
}

func (r *reader) left() Left {
	left := Left{Name: r.string()}
	if place := r.place(); place != nil {
		left.Place = *place
	}
	left.Place.Looked = r.time()
	return left
}
