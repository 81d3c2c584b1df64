// Package report writes a snapshot as a report: for people as text for a
// terminal (WriteText), for programs as JSON (WriteJSON), for spreadsheets as
// CSV (WriteCSV).
//
// All three are written from the same rows, computed once from the snapshot,
// so they cannot disagree. Equal reports give equal bytes: nothing depends on
// the order of a map, on the clock or on the machine. The snapshot is only
// read; it is not changed.
//
// Names in a snapshot are whatever clients sent. JSON carries them as they
// are, apart from bytes that are not UTF-8; text and CSV show what could act
// on a terminal or hide from the eye as a visible escape such as \x1b.
//
// Functions here may be called concurrently as long as nobody changes the
// report meanwhile.
package report
