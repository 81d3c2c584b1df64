package aggregator

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/splitgauge/splitgauge/parser"
)

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
	return n * r.skip(size)
}

func (r *reader) int() int64 {
	n, size := binary.Varint(r.data)
	return n * int64(r.skip(size))
}

// count reads a number that is not negative.
func (r *reader) count() int64 {
	n := r.int()
	if n < 0 {
		r.fail("a count of %d", n)
		return 0
	}
	return n
}

// skip drops the size bytes of a number; it returns 0 where there was none.
func (r *reader) skip(size int) uint64 {
	if size <= 0 {
		r.fail("it ends in the middle of a number, or a number is too large")
		return 0
	}
	r.data = r.data[size:]
	return 1
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

// snapshot reads what version wrote.
func (r *reader) snapshot(version uint64) *Snapshot {
	s := NewSnapshot()
	for _, n := range s.numbers() {
		if n == &s.First || n == &s.Last {
			*n = r.int()
		} else {
			*n = r.count()
		}
	}
	if !slices.Contains(steps[:], s.Timeline.Step) {
		r.fail("a timeline in steps of %d s", s.Timeline.Step)
	}
	s.HasVariants = r.int() != 0
	readMap(r, s.Lines.Reasons, r.string, r.count)
	readMap(r, s.Requests, r.requestKey, r.count)
	readMap(r, s.Variants, r.string, r.traffic)
	readMap(r, s.Hosts, r.string, r.traffic)
	readMap(r, s.Paths, r.string, r.traffic)
	readMap(r, s.Timeline.Slots, r.int, r.traffic)
	readMap(r, s.Upstreams, r.string, r.server)
	readMap(r, s.VariantAttempts, func() VariantServer { return VariantServer{r.string(), r.string()} }, r.count)
	readMap(r, s.Assignments, r.string, r.assignment)
	if version >= versionOfWindows {
		readMap(r, s.Windows, r.string, r.windows)
	}
	if version >= versionOfExperiments {
		readMap(r, s.Experiments, r.string, func() *Experiment {
			if len(s.Experiments) == MaxExperiments {
				r.fail("more than %d experiments", MaxExperiments)
			}
			if r.err != nil {
				return nil
			}
			return r.experiment()
		})
	}
	return s
}

func readMap[K comparable, V any](r *reader, m map[K]V, key func() K, value func() V) {
	for range r.length() {
		k := key()
		v := value()
		if r.err != nil {
			return
		}
		m[k] = v
	}
}

func (r *reader) requestKey() RequestKey {
	k := RequestKey{Host: r.string(), Variant: r.string()}
	method := r.uint()
	if method >= uint64(parser.Methods) {
		r.fail("method number %d", method)
	}
	k.Method = parser.Method(method)
	k.Status = r.status()
	return k
}

func (r *reader) status() int {
	status := r.int()
	if status < parser.Absent || status > OtherStatus {
		r.fail("status %d", status)
	}
	return int(status)
}

func (r *reader) traffic() *Traffic {
	t := &Traffic{Requests: r.count()}
	for i := range t.Classes {
		t.Classes[i] = r.count()
	}
	t.BytesSent = r.count()
	t.RequestTime = r.histogram()
	t.Clients = r.clients()
	return t
}

// clients reads a set; one of no bytes is nil.
func (r *reader) clients() *Clients {
	sketch := r.bytes()
	if len(sketch) == 0 {
		return nil
	}
	c := NewClients()
	if len(sketch) != len(clientsHeader)+clientsRegisters || [8]byte(sketch) != clientsHeader {
		r.fail("clients that are not 2^%d dense registers", clientsPrecision)
	} else if err := c.sketch.UnmarshalBinary(sketch); err != nil {
		r.fail("clients: %w", err)
	}
	return c
}

func (r *reader) windows() *Windows {
	w := new(Windows)
	for length := range w {
		for i := range w[length] {
			if c := r.clients(); c != nil {
				w[length][i] = Window{r.int(), c}
			}
		}
		latest, before := w[length][0], w[length][1]
		if before.Clients != nil && (latest.Clients == nil || before.Start >= latest.Start) {
			r.fail("windows that are not the latest first")
		}
		if latest.Start%WindowSeconds[length] != 0 || before.Start%WindowSeconds[length] != 0 {
			r.fail("a window that does not start at a multiple of %d s", WindowSeconds[length])
		}
	}
	return w
}

func (r *reader) histogram() Histogram {
	h := Histogram{Sum: r.count(), Min: r.count(), Max: r.count()}
	last := -1
	for range r.length() {
		b := Bucket{Cell: int(r.uint()), Count: r.count()}
		if b.Cell <= last || b.Cell >= numCells {
			r.fail("histogram bucket %d after %d of %d", b.Cell, last, numCells)
		}
		if r.err != nil {
			break
		}
		h.Buckets, last = append(h.Buckets, b), b.Cell
	}
	return h
}

func (r *reader) server() *Server {
	s := &Server{Attempts: r.count(), Status: make(map[int]int64)}
	readMap(r, s.Status, r.status, r.count)
	s.ConnectTime = r.histogram()
	s.HeaderTime = r.histogram()
	s.ResponseTime = r.histogram()
	return s
}

func (r *reader) assignment() *Assignment {
	a := &Assignment{Checked: r.count(), Mismatches: make(map[string]int64)}
	readMap(r, a.Mismatches, r.string, r.count)
	return a
}
