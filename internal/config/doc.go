// Package config reads the file that splitgauge run is configured by. In comes
// YAML, out comes a Config with every default filled in, or every problem that
// the file has, each with its line, its column and what would be right.
//
// One table, in keys.go, says which keys there are, what they may hold and what
// they are by default. Reading the file, the commented file that DefaultYAML
// writes and the JSON schema for editors all come from it.
//
// Of YAML a file may use what data needs: maps, lists and scalars in any style.
// Anchors, aliases, merge keys, tags and further documents are refused, and so is
// what would take long to read; no text takes more than about a second.
//
// It composes what the packages need; none of them imports it.
package config
