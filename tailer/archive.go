package tailer

import (
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
)

// Archive reads sources one after the other. Any number of goroutines may use
// it at once: one of them reads, the others work on what they have read.
type Archive struct {
	config  Config
	sources []*Source // not owned
	pool    pool
	total   int64        // bytes as stored, of the sources whose size is known
	done    atomic.Int64 // bytes of total that have been read
	closed  atomic.Bool

	mu       sync.Mutex // held while reading; protects what follows
	position int        // in sources, of the next to open
	current  *reading   // nil between two sources
	failures []*SourceError
}

// reading is the source that is being read.
type reading struct {
	source   *Source
	content  *content
	reader   batchReader
	sequence int   // of the next batch
	stored   int64 // bytes read of the file itself
	counted  int64 // of these, in Archive.done
}

// batchReader cuts uncompressed content into batches.
type batchReader interface {
	// next fills an empty batch and reports whether there is more behind it.
	next(b *Batch) (more bool)
	// failure returns why the content ended early, once next has returned
	// false; nil where it did not.
	failure() error
}

// NewArchive returns an archive that reads sources in their order. It opens
// each when its turn comes.
func NewArchive(sources []*Source, config Config) *Archive {
	a := &Archive{
		config:  config,
		sources: sources,
		pool:    pool{limit: config.buffers(), blockSize: config.blockSize()},
	}
	for _, source := range sources {
		a.total += max(0, source.Size)
	}
	return a
}

// Next returns the next batch, which is the caller's until it is released;
// io.EOF when all sources have been read. A source that cannot be read is no
// error here but one of Failures. Next waits for its input only, never for a
// batch to be released.
func (a *Archive) Next() (*Batch, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for {
		if a.closed.Load() {
			return nil, fmt.Errorf("cannot read on in the archive: %w", os.ErrClosed)
		}
		if a.current == nil && !a.openNext() {
			return nil, io.EOF
		}
		b := a.read()
		if b.bytes > 0 || b.flaw != Whole {
			return b, nil
		}
		a.pool.put(b)
	}
}

// openNext opens the next source that can be.
func (a *Archive) openNext() bool {
	for a.position < len(a.sources) {
		source := a.sources[a.position]
		a.position++
		current := &reading{source: source}
		content, err := source.open(&current.stored)
		if err != nil {
			a.fail(source, 0, err)
			a.done.Add(max(0, source.Size))
			continue
		}
		current.content = content
		current.reader = newBatchReader(content, source.Document, a.config)
		a.current = current
		return true
	}
	return false
}

func newBatchReader(content io.Reader, document bool, config Config) batchReader {
	feed := feed{reader: content, blockSize: config.blockSize()}
	if document {
		return &recordReader{feed: feed, maxRecord: config.maxRecord()}
	}
	return &lineReader{feed: feed, maxLine: config.maxLine()}
}

// read fills a batch from the current source, and leaves the source when it
// has been read to its end.
func (a *Archive) read() *Batch {
	b, current := a.pool.get(), a.current
	b.Source, b.Sequence = current.source, current.sequence
	current.sequence++
	more := current.reader.next(b)
	a.count(current, current.stored)
	if !more {
		if err := current.reader.failure(); err != nil {
			a.fail(current.source, b.End, err)
		}
		a.count(current, current.source.Size) // unread after a failure, or grown meanwhile
		a.leave()
	}
	return b
}

// count makes stored the part of the current source that counts as done.
func (a *Archive) count(current *reading, stored int64) {
	if current.source.Size >= 0 {
		a.done.Add(stored - current.counted)
		current.counted = stored
	}
}

// leave closes the current source.
func (a *Archive) leave() {
	a.current.content.Close()
	a.current = nil
}

func (a *Archive) fail(source *Source, offset int64, err error) {
	a.failures = append(a.failures, &SourceError{Source: source, Offset: offset, Err: err})
}

// Failures returns the sources that could not be read, or not to their end,
// in reading order. It is complete once Next has returned io.EOF.
func (a *Archive) Failures() []*SourceError {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.failures[:len(a.failures):len(a.failures)]
}

// Progress returns how many of the stored bytes have been read, and how many
// there are in all, over the sources whose size is known; total is 0 where
// none is. It never waits.
func (a *Archive) Progress() (done, total int64) {
	return min(a.done.Load(), a.total), a.total
}

// Close ends reading early and closes what is open, after a Next that is
// under way; later ones return an error that is os.ErrClosed. Batches that are
// out stay valid. Close may be called at any time, more than once.
func (a *Archive) Close() {
	a.closed.Store(true)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.current != nil {
		a.leave()
	}
}
