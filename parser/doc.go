// Package parser turns one line of an nginx access log into an Entry.
//
// In comes a line (or a JSON record) without its line ending; out goes a
// refilled Entry and a Result: parsed, partial or unparsed. A Format says how
// lines are to be read: Compile makes one from any log_format text, JSON makes
// one for JSON lines, Detect picks one that fits. A Format is immutable and
// shared; a Parser, made from it by NewParser, has scratch space and belongs to
// one goroutine.
//
// Reading goes in two steps. The first finds where each field stands and is
// different for text and for JSON; the second, the same for both, turns the
// fields that are used into numbers and lists. A field that cannot be read is
// left out and makes the line partial; the request still counts.
//
// Nothing is allocated per line, and nothing is unescaped before it is used:
// an Entry's byte fields alias the line.
package parser
