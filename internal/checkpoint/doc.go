// Package checkpoint keeps the state of the agent on disk: where it stands in
// every log, and what it has counted up to there, as one file that is replaced
// whole or not at all.
//
//	store, err := checkpoint.Open("/var/lib/splitgauge")
//	if err != nil {
//		return err // another process has it, or it cannot be written to
//	}
//	defer store.Close()
//	state, err := store.Load() // nil, nil: there is none
//	...
//	_, err = store.Save(state)
//
// A [Store] owns its directory, which it locks against a second process. In
// goes a [State], out comes the one that was saved last. A file that cannot be
// read is never overwritten: it is put aside ([CorruptError]), or stays where
// it is and keeps Save from writing ([VersionError], errors of the file
// system). The caller is told which, and decides.
//
// # The directory
//
//	state                            the state, version 2 of its format
//	state.corrupt-20261125T101500Z   one that could not be read, and since when
//	lock                             locked while a Store is open; who has it
//	.state123                        one that is being written
//
// # What survives
//
// A process that is killed at any moment leaves the old state or the new one.
// So does a machine that loses power, as far as its disk keeps the order that
// fsync of the file, rename and fsync of the directory ask for.
//
// A Store is used by one goroutine at a time.
package checkpoint
