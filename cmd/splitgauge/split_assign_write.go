package main

import (
	"bufio"
	"strconv"
	"strings"

	"github.com/splitgauge/splitgauge/internal/report"
	"github.com/splitgauge/splitgauge/splitclients"
)

// assignmentJSON writes assignments as one JSON array, one a line.
type assignmentJSON struct {
	out   *bufio.Writer
	count int
}

func (w *assignmentJSON) add(a assignment) error {
	document, err := report.JSON(struct {
		Value   string `json:"value"`
		Key     string `json:"key"`
		Hash    uint32 `json:"hash"`
		Variant string `json:"variant"`
	}{string(a.value), string(a.key), a.hash, a.variant}, "")
	if err != nil {
		return err
	}
	separator := ",\n"
	if w.count == 0 {
		separator = "["
	}
	w.count++
	if _, err := w.out.WriteString(separator); err != nil {
		return err
	}
	_, err = w.out.Write(document)
	return err
}

func (w *assignmentJSON) close() error {
	end := "]\n"
	if w.count == 0 {
		end = "[]\n"
	}
	_, err := w.out.WriteString(end)
	return err
}

// assignmentText writes assignments in columns: variant, hash, value, key. The
// first two have a width that is known beforehand; that of the values is what the
// first alignedRows take.
type assignmentText struct {
	out     *bufio.Writer
	unicode bool
	variant int // width of the variants
	value   int // width of the values

	aligned bool        // value is settled, and the heading written
	pending [][2]string // what stands before and after the values
	values  []string
	bytes   int // of pending and values
}

const (
	alignedRows   = 1000
	alignedBytes  = 1 << 20 // fewer rows, if they take more
	maxValueCells = 48      // longer values push their keys to the right
	hashCells     = 10      // of 4294967295
)

func newAssignmentText(out *bufio.Writer, split *splitclients.Split, unicode bool) *assignmentText {
	w := &assignmentText{out: out, unicode: unicode, variant: len("variant"), value: len("value")}
	for _, value := range split.Table.Values() {
		w.variant = max(w.variant, report.Cells(report.Quoted(value, unicode)))
	}
	return w
}

func (w *assignmentText) add(a assignment) error {
	value := report.Quoted(string(a.value), w.unicode)
	key := report.Quoted(string(a.key), w.unicode)
	variant := report.Quoted(a.variant, w.unicode)
	hash := strconv.FormatUint(uint64(a.hash), 10)
	before := variant + blanks(w.variant-report.Cells(variant)) + "  " + blanks(hashCells-len(hash)) + hash
	if w.aligned {
		return w.row(before, value, key)
	}
	w.pending = append(w.pending, [2]string{before, key})
	w.values = append(w.values, value)
	w.bytes += len(before) + len(value) + len(key)
	if len(w.pending) < alignedRows && w.bytes < alignedBytes {
		return nil
	}
	return w.align()
}

func (w *assignmentText) close() error {
	if w.aligned {
		return nil
	}
	return w.align()
}

// align settles the width of the values and writes what waited for it.
func (w *assignmentText) align() error {
	w.aligned = true
	for _, value := range w.values {
		w.value = max(w.value, min(maxValueCells, report.Cells(value)))
	}
	heading := "variant" + blanks(w.variant-len("variant")) + "  " + blanks(hashCells-len("hash")) + "hash"
	if err := w.row(heading, "value", "key"); err != nil {
		return err
	}
	for i, row := range w.pending {
		if err := w.row(row[0], w.values[i], row[1]); err != nil {
			return err
		}
	}
	w.pending, w.values = nil, nil
	return nil
}

func (w *assignmentText) row(before, value, key string) error {
	_, err := w.out.WriteString(before + "  " + value + blanks(w.value-report.Cells(value)) + "  " + key + "\n")
	return err
}

// blanks returns n spaces, none if n is negative.
func blanks(n int) string { return strings.Repeat(" ", max(0, n)) }
