// Package tailer is where log lines come from. In come file names, in whatever
// compression and order they were archived; out come batches of whole lines,
// or of whole records where a file is one JSON document.
//
//	sources, failures := tailer.Discover(arguments, config, tailer.Events{})
//	tailer.Order(sources, firstTimestamp)
//	archive := tailer.NewArchive(sources, config)
//	defer archive.Close()
//	for {
//		batch, err := archive.Next() // io.EOF at the end
//		if err != nil {
//			break
//		}
//		for line, defect, ok := batch.Next(); ok; line, defect, ok = batch.Next() {
//			count(line, defect)
//		}
//		batch.Release()
//	}
//
// # What is promised
//
// Memory is bounded whatever the input: a line over [Config.MaxLine] and a
// record over [Config.MaxRecord] are skipped, not buffered, and handed out as
// flawed with their first bytes. Nothing is dropped silently: the spans of a
// source's batches add up to its uncompressed length, and a source that cannot
// be read to its end is in [Archive.Failures] with the offset it was read to.
// What a file contains is told from its bytes, never from its name.
//
// # Who owns what
//
// An Archive opens and closes the files; standard input is read and never
// closed. A [Batch] belongs to whoever got it from [Archive.Next] until
// [Batch.Release], and so do the lines in it. Any number of goroutines may call
// Next on one Archive; a Batch and a Source are used by one goroutine at a time.
package tailer
