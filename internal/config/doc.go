// Package config reads the file that splitgauge run is configured by. In comes
// YAML, out comes a Config with every default filled in, or every problem that
// the file has, each with its line, its column and what would be right.
//
// It composes what the packages need; none of them imports it.
package config
