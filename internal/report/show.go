package report

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// What verbs that write other things than a report need, so that there is one
// place only where text of others becomes safe to show.

// Quoted returns text in double quotes, as it may be shown on a terminal: what
// could control it or not be seen is written as an escape, and without unicode
// all that is not ASCII.
func Quoted(text string, unicode bool) string { return quoted(text, unicode) }

// Visible returns text as Quoted shows it, but without quotes, and with its own
// quotes and backslashes as they are.
func Visible(text string, unicode bool) string { return visible(text, unicode) }

// Cells returns how many columns of a terminal a shown text takes.
func Cells(text string) int { return cells(text) }

// Grouped returns a number with commas between thousands.
func Grouped(n int64) string { return grouped(n) }

// Wrap breaks a shown text into lines of at most width cells.
func Wrap(text string, width int) []string { return wrap(text, width) }

// JSON returns value as JSON with the promises of WriteJSON and no line break
// at its end, indented by indent; "" puts everything on one line.
func JSON(value any, indent string) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("cannot encode as JSON: %w", err)
	}
	return escapeHidden(bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))), nil
}
