package tailer

import (
	"os"
	"sync"
	"syscall"
	"time"
)

// generation is one of the files that a log has been written to: the one behind
// its name, or one that rotation has put aside. It is open for as long as it is
// known, so that no rename, deletion or reuse of its inode can take it away.
type generation struct {
	identity
	name   string   // under which it was found, for those who read events
	file   *os.File // owned
	source *Source  // of its batches

	// Set before it is read.
	packed   *unpacking // nil for a plain file
	complete bool       // nothing will be written to it: it ends where it ends
	rotates  bool       // beginning it is a rotation
	promised int64      // bytes that it should have; what is missing then is lost to cause
	cause    LossCause
	goal     int64 // its size when following began; 0 where it came later

	// Of the goroutine that reads it.
	sequence int    // of its next batch
	ends     bool   // the batch that was read last ends with a line's end
	cut      bool   // the last line that was handed out had no line end
	scanned  int64  // so far there is no line end behind offset, in a line that is too long
	longHead []byte // the first bytes of that line
	longNUL  bool   // it had a NUL byte before these
	untailed int64  // bytes: as long as it has this size it is not tailed; -1 for none
	tailable bool   // tailing it has not failed
	checked  int64  // its size when it was read to its end
	left     bool   // a newer one has been begun
	leftAt   time.Time
	moved    bool // the file belongs to another generation
	reached  bool // all up to goal has been handed out, or cannot be read

	mu      sync.Mutex // protects what follows, which the watcher sees
	offset  int64      // the byte after the last that was handed out; uncompressed
	head    Fingerprint
	size    int64     // bytes when it was last looked at; uncompressed, as far as known
	written time.Time // its time of modification then
	changed time.Time // when it was last seen to have changed
	idle    int64     // of this size it is known that only an unfinished line is there
	tailed  bool      // nxadm/tail reads it
	trusted int64     // its size when it was last seen to begin as it should
	shrank  int64     // its size before it became shorter; 0 where it did not
}

// openGeneration opens a regular file.
func openGeneration(name string) (*generation, error) {
	// Opening a named pipe would wait for its writer.
	file, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, withoutPath(err)
	}
	g := &generation{name: name, file: file}
	state, err := stateOfOpen(file)
	if err == nil {
		err = state.check()
	}
	if err != nil {
		file.Close()
		return nil, withoutPath(err)
	}
	g.identity = state.identity
	g.size, g.written, g.changed = state.size, state.modified, time.Now()
	g.idle, g.untailed, g.tailable = -1, -1, true
	return g, nil
}

// again returns a generation for the same file, to be read from its beginning.
// The file is now its.
func (g *generation) again() *generation {
	next := &generation{identity: g.identity, name: g.name, file: g.file, idle: -1, untailed: -1, tailable: true}
	g.moved = true
	next.look() // where it fails, reading will say so
	return next
}

// restart goes on in a file that has been truncated, at offset.
func (g *generation) restart(offset int64) {
	g.source, g.sequence, g.scanned, g.checked, g.untailed = nil, 0, 0, -1, -1
	g.mu.Lock()
	defer g.mu.Unlock()
	g.offset, g.trusted, g.shrank, g.idle = offset, offset, 0, -1
	if offset == 0 {
		g.head = Fingerprint{}
	}
}

// had returns how long the file is known to have been, before it was truncated.
func (g *generation) had() int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return max(g.offset, g.trusted, g.shrank)
}

// settle learns how the file begins, and whether a line ends before its offset.
func (g *generation) settle(buffer *[maxFingerprint]byte) error {
	if g.packed != nil {
		return nil // its offset was found by the line end before it
	}
	if _, err := g.verify(0, buffer); err != nil {
		return withoutPath(err)
	}
	g.cut = false
	if g.offset > 0 {
		var last [1]byte
		_, err := g.file.ReadAt(last[:], g.offset-1)
		g.cut = err == nil && last[0] != '\n' && last[0] != 0
	}
	return nil
}

// look sees how long the file is, and whether it has changed.
func (g *generation) look() (size int64, changed bool, err error) {
	if g.packed != nil {
		return 0, false, nil
	}
	g.mu.Lock()
	defer g.mu.Unlock() // else an older look would seem to be the later one
	info, err := g.file.Stat()
	if err != nil {
		return 0, false, err
	}
	changed = info.Size() != g.size || !info.ModTime().Equal(g.written)
	if info.Size() < g.size && g.shrank == 0 {
		g.shrank = g.size
	}
	if changed {
		g.size, g.written, g.changed = info.Size(), info.ModTime(), time.Now()
	}
	return info.Size(), changed, nil
}

// verify reports that the file is still the one it was, and at least end bytes
// long, so that what was read of it before end was its own. The fingerprint
// grows with the file.
func (g *generation) verify(end int64, buffer *[maxFingerprint]byte) (bool, error) {
	size, _, err := g.look()
	if err != nil {
		return false, err
	}
	fits, err := g.learnHead(buffer)
	if err != nil || !fits {
		return false, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shrank > 0 || size < end {
		return false, nil
	}
	g.trusted = size
	return true, nil
}

// learnHead reads how the file begins, and reports whether that is as it was.
// What is there of a plain file for the first time belongs to its fingerprint.
func (g *generation) learnHead(buffer *[maxFingerprint]byte) (bool, error) {
	if g.packed != nil {
		return true, nil
	}
	head, err := readHead(g.file, buffer)
	if err != nil {
		return false, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.head.fits(head) {
		return false, nil
	}
	if g.head.Length < len(head) && g.shrank == 0 {
		g.head = fingerprintOf(head)
	}
	return true, nil
}

// handOut makes end the offset of what has been handed out.
func (g *generation) handOut(end int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.offset = end
	g.size = max(g.size, end)
}

// wantsHead reports that the file has become longer than its fingerprint, which
// could cover more.
func (g *generation) wantsHead() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.packed == nil && g.shrank == 0 && int64(g.head.Length) < min(g.size, maxFingerprint)
}

// lastSize returns how long the file was when it was last looked at.
func (g *generation) lastSize() int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.size
}

// lastOffset returns the offset of what has been handed out, from any goroutine.
func (g *generation) lastOffset() int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.offset
}

// setIdle records that of the file as long as size only an unfinished line is left.
func (g *generation) setIdle(size int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.idle = size
}

// awaits reports that the file wants a look of who reads it: it has grown and
// nobody tails it, or is tailed and has become shorter than it was, or longer
// while no line came.
func (g *generation) awaits(limit int64, patience time.Duration, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	ahead := g.size - g.offset
	switch {
	case g.packed != nil || ahead == 0 || g.size == g.idle:
		return false
	case !g.tailed || ahead < 0 || ahead > limit:
		return true
	}
	return now.Sub(g.changed) > patience
}

func (g *generation) setTailed(tailed bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tailed = tailed
}

// behind returns how many bytes are there and not handed out. An unfinished
// line does not count: nobody can hand it out.
func (g *generation) behind() int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.size == g.idle {
		return 0
	}
	return max(0, g.size-g.offset)
}

// position returns where reading stands in the file.
func (g *generation) position() Position {
	g.mu.Lock()
	defer g.mu.Unlock()
	return Position{
		Device: g.device, Inode: g.inode, Head: g.head,
		Offset: g.offset, Size: max(g.size, g.offset, g.promised), Left: g.left,
	}
}

// silent returns how long the file has not been written to. It is told by the
// file's own time, where that lies in the past, and else by looking.
func (g *generation) silent(now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return max(now.Sub(g.written.Round(0)), now.Sub(g.changed))
}

// close closes the file. It may be called more than once.
func (g *generation) close() {
	if g.packed != nil {
		g.packed.close()
	}
	if !g.moved {
		g.file.Close() // opened for reading only: nothing can be lost
	}
}
