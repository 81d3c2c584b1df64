package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// The marker lines in the document.
const (
	beginMarker = "<!-- simulate:begin -->"
	endMarker   = "<!-- simulate:end -->"
)

// document collects the tables.
type document struct {
	options  options
	sections []string
	misses   []string
	rows     int
}

// begin begins a table.
func (d *document) begin(t table) {
	text := t.title + "\n\n" + t.text + "\n"
	for _, row := range t.rows {
		if row.words != "" {
			text += fmt.Sprintf("\n- *%s*: %s", row.name, row.words)
		}
	}
	d.sections = append(d.sections, strings.TrimRight(text, "\n")+"\n\n"+t.head)
}

// add adds a row.
func (d *document) add(r result) {
	d.sections[len(d.sections)-1] += r.Lines
	d.misses = append(d.misses, r.Misses...)
	d.rows++
}

// missed says what was not reached.
func (d *document) missed() string {
	if len(d.misses) == 0 {
		return "Every row reaches what is wanted of it.\n"
	}
	return "What is not reached, the whole 99 % interval lying on the wrong side:\n\n- " + strings.Join(d.misses, ".\n- ") + ".\n"
}

// text is what goes between the markers.
func (d *document) text() string {
	total := 0
	for _, t := range tables() {
		total += len(t.rows)
	}
	command := fmt.Sprintf("make simulate RUNS=%d", d.options.runs)
	if rows := d.options.rows.String(); rows != "" {
		command += " ROWS='" + rows + "'"
	}
	text := fmt.Sprintf("Command: `%s`. Runs of each row: %d. The seed of a run is the FNV-1a hash of \"table/row\" "+
		"(as `bin/bench/simulate -list` prints it) plus the number of the run, from 0, times 0xd1342543de82ef95: any run can be had again, on any number of processors.\n",
		command, d.options.runs)
	if d.rows < total {
		text += fmt.Sprintf("\nThese are %d of %d rows.\n", d.rows, total)
	}
	return text + "\n" + d.missed() + "\n" + strings.Join(d.sections, "\n")
}

// update puts the tables between the markers of a document.
func (d *document) update(name string) error {
	there, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot update %q, want a document with a line %q followed by a line %q: %w", name, beginMarker, endMarker, err)
	}
	if err != nil {
		return err
	}
	before, rest, found := bytes.Cut(there, []byte(beginMarker+"\n"))
	_, after, foundEnd := bytes.Cut(rest, []byte(endMarker))
	if !found || !foundEnd {
		return fmt.Errorf("cannot update %q: no line %q followed by a line %q", name, beginMarker, endMarker)
	}
	updated := fmt.Appendf(nil, "%s%s\n%s\n%s%s", before, beginMarker, strings.TrimRight(d.text(), "\n"), endMarker, after)
	return os.WriteFile(name, updated, 0o644)
}
