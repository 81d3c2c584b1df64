package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// column is one figure of each row.
type column struct {
	title  string
	format string
	ratio  bool // to the baseline, beside it
	spread bool // the smallest and the largest, beside it
}

// table holds what was measured: of each row one value of every column a run.
type table struct {
	columns []column
	rows    []*row
}

type row struct {
	name    string
	samples [][]float64 // by column
}

// add adds a run to the row of a name.
func (t *table) add(name string, values ...float64) {
	at := slices.IndexFunc(t.rows, func(r *row) bool { return r.name == name })
	if at < 0 {
		at = len(t.rows)
		t.rows = append(t.rows, &row{name, make([][]float64, len(t.columns))})
	}
	for i, value := range values {
		t.rows[at].samples[i] = append(t.rows[at].samples[i], value)
	}
}

// median returns the median of a row's column; 0 where there is none.
func (t *table) median(name string, column int) float64 {
	for _, r := range t.rows {
		if r.name == name {
			return median(r.samples[column])
		}
	}
	return 0
}

// median returns the middle value, the mean of the middle two of an even number.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// write writes medians.
func (t *table) write(w io.Writer) {
	head, line := "| proxy |", "|---|"
	for _, c := range t.columns {
		head += " " + c.title + " |"
		line += "--:|"
		if c.spread {
			head += " min–max |"
			line += "--:|"
		}
		if c.ratio {
			head += " × " + baseline + " |"
			line += "--:|"
		}
	}
	fmt.Fprintf(w, "%s\n%s\n", head, line)
	for _, r := range t.rows {
		cells := []string{r.name}
		for i, c := range t.columns {
			cells = append(cells, t.cells(r, i, c)...)
		}
		fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | "))
	}
	fmt.Fprintln(w)
}

func (t *table) cells(r *row, at int, c column) []string {
	values := r.samples[at]
	cells := []string{fmt.Sprintf(c.format, median(values))}
	if c.spread {
		cells = append(cells, fmt.Sprintf(c.format+"–"+c.format, slices.Min(values), slices.Max(values)))
	}
	if c.ratio {
		ratio := "–"
		if base := t.median(baseline, at); base > 0 {
			ratio = fmt.Sprintf("%.2f", median(values)/base)
		}
		cells = append(cells, ratio)
	}
	return cells
}
