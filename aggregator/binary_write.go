package aggregator

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
)

// writer appends to data.
type writer struct{ data []byte }

func (w *writer) uint(n uint64) { w.data = binary.AppendUvarint(w.data, n) }
func (w *writer) int(n int64)   { w.data = binary.AppendVarint(w.data, n) }
func (w *writer) bytes(b []byte) {
	w.uint(uint64(len(b)))
	w.data = append(w.data, b...)
}
func (w *writer) string(s string) { w.bytes([]byte(s)) }

func (w *writer) snapshot(s *Snapshot) {
	for _, n := range s.numbers() {
		w.int(*n)
	}
	w.int(map[bool]int64{true: 1}[s.HasVariants])
	writeMap(w, s.Lines.Reasons, strings.Compare, w.string, w.int)
	writeMap(w, s.Requests, compareRequestKeys, w.requestKey, w.int)
	writeMap(w, s.Variants, strings.Compare, w.string, w.traffic)
	writeMap(w, s.Hosts, strings.Compare, w.string, w.traffic)
	writeMap(w, s.Paths, strings.Compare, w.string, w.traffic)
	writeMap(w, s.Timeline.Slots, cmp.Compare[int64], w.int, w.traffic)
	writeMap(w, s.Upstreams, strings.Compare, w.string, w.server)
	writeMap(w, s.VariantAttempts, func(a, b VariantServer) int {
		return cmp.Or(strings.Compare(a.Variant, b.Variant), strings.Compare(a.Server, b.Server))
	}, func(k VariantServer) { w.string(k.Variant); w.string(k.Server) }, w.int)
	writeMap(w, s.Assignments, strings.Compare, w.string, w.assignment)
	writeMap(w, s.Windows, strings.Compare, w.string, w.windows)
	writeMap(w, s.Experiments, strings.Compare, w.string, w.experiment)
}

func writeMap[K comparable, V any](w *writer, m map[K]V, compare func(a, b K) int, key func(K), value func(V)) {
	w.uint(uint64(len(m)))
	for _, k := range slices.SortedFunc(maps.Keys(m), compare) {
		key(k)
		value(m[k])
	}
}

func compareRequestKeys(a, b RequestKey) int {
	return cmp.Or(strings.Compare(a.Host, b.Host), strings.Compare(a.Variant, b.Variant),
		cmp.Compare(a.Method, b.Method), cmp.Compare(a.Status, b.Status))
}

func (w *writer) requestKey(k RequestKey) {
	w.string(k.Host)
	w.string(k.Variant)
	w.uint(uint64(k.Method))
	w.int(int64(k.Status))
}

func (w *writer) traffic(t *Traffic) {
	w.int(t.Requests)
	for _, n := range t.Classes {
		w.int(n)
	}
	w.int(t.BytesSent)
	w.histogram(&t.RequestTime)
	w.clients(t.Clients)
}

// clients writes a set; nil as one of no bytes.
func (w *writer) clients(c *Clients) {
	if c == nil {
		w.uint(0)
		return
	}
	w.bytes(c.marshal())
}

func (w *writer) histogram(h *Histogram) {
	w.int(h.Sum)
	w.int(h.Min)
	w.int(h.Max)
	w.uint(uint64(len(h.Buckets)))
	for _, b := range h.Buckets {
		w.uint(uint64(b.Cell))
		w.int(b.Count)
	}
}

func (w *writer) server(s *Server) {
	w.int(s.Attempts)
	writeMap(w, s.Status, cmp.Compare[int], func(status int) { w.int(int64(status)) }, w.int)
	w.histogram(&s.ConnectTime)
	w.histogram(&s.HeaderTime)
	w.histogram(&s.ResponseTime)
}

func (w *writer) assignment(a *Assignment) {
	w.int(a.Checked)
	writeMap(w, a.Mismatches, strings.Compare, w.string, w.int)
}

func (w *writer) windows(all *Windows) {
	for _, windows := range all {
		for _, window := range windows {
			w.clients(window.Clients)
			if window.Clients != nil {
				w.int(window.Start)
			}
		}
	}
}
