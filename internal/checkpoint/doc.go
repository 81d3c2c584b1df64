// Package checkpoint keeps the state of the agent on disk: where it stands in
// every log, and what it has counted up to there, as one file that is replaced
// whole or not at all.
//
// A Store owns its directory, which it locks against a second process. In goes
// a State, out comes the one that was saved last. A file that cannot be read is
// never overwritten: it is put aside, or stays where it is if a newer version
// wrote it, and the caller is told which.
package checkpoint
