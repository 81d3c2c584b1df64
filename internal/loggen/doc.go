// Package loggen writes nginx access logs that never happened, and the truth
// about them.
//
// In comes a [Config]: a seed, a format, how many lines over which time. Out
// come lines as nginx would write them, with all that makes reading them hard,
// and a [Truth]: the report that a perfect reader would make of them. The
// truth is counted from what the generator meant before it wrote it, never by
// parsing, and by its own arithmetic, so that tests can hold the readers of
// this project against it.
//
// The same Config gives the same bytes on every machine: no floating point
// decides about a line.
//
// A Generator is for one goroutine. Line appends to the caller's buffer and
// keeps none of it. The Truth belongs to the Generator and grows with every
// line; a Document made of it is the caller's.
package loggen
