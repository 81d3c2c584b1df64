package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// WriteJSON writes the report as one indented JSON document of the schema
// "splitgauge.report/1".
//
// It is valid JSON whatever the log contained: bytes that are not UTF-8
// become U+FFFD. Characters that a terminal could act on or a reader could
// not see are written as \u escapes, which mean the same to a program.
func WriteJSON(w io.Writer, r *Report) error {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false) // no browser reads it as HTML, and people read it too
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(newDocument(newRows(r.Snapshot), r.Top, r.Experiments)); err != nil {
		return fmt.Errorf("cannot encode the report as JSON: %w", err)
	}
	_, err := w.Write(escapeHidden(buffer.Bytes()))
	return err
}

// escapeHidden replaces hidden characters in a JSON document by their
// escapes. Beyond ASCII they can only be inside strings, and within ASCII
// encoding/json left only DEL as it was.
func escapeHidden(document []byte) []byte {
	escaped := make([]byte, 0, len(document))
	for len(document) > 0 {
		r, size := utf8.DecodeRune(document)
		switch {
		case r < utf8.RuneSelf && r != 0x7f, !hidden(r):
			escaped = append(escaped, document[:size]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			escaped = fmt.Appendf(escaped, `\u%04x\u%04x`, high, low)
		default:
			escaped = fmt.Appendf(escaped, `\u%04x`, r)
		}
		document = document[size:]
	}
	return escaped
}
