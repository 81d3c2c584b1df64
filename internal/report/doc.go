// Package report writes a snapshot as a report: for people as text for a
// terminal (WriteText), for programs as JSON (WriteJSON), for spreadsheets as
// CSV (WriteCSV). Of its experiments alone it writes more: as text
// (WriteCompareText), as JSON (WriteCompareJSON), and as Markdown for a pull
// request (WriteCompareMarkdown); Outcome is what they come to.
//
// All of them are written from the same rows, computed once from the snapshot,
// so they cannot disagree. Equal reports give equal bytes: nothing depends on
// the order of a map, on the clock or on the machine. The snapshot is only
// read; it is not changed.
//
// Names in a snapshot are whatever clients sent. JSON carries them as they
// are, apart from bytes that are not UTF-8; text and CSV show what could act
// on a terminal or hide from the eye as a visible escape such as \x1b; in
// Markdown they are code in which nothing is markup. Estimates are shown with no
// more digits than their interval allows; JSON and CSV have all.
//
// Functions here may be called concurrently as long as nobody changes the
// report meanwhile.
package report
