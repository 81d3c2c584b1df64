package tailer

import "bytes"

// Defect says why what Next handed out is not a whole line.
type Defect uint8

// The defects of a line.
const (
	Whole   Defect = iota // nothing is wrong: the line is as it was written
	TooLong               // longer than the limit: only its first bytes are there
	Broken                // a JSON document that cannot be read past this point: its first unread bytes
)

// Batch is a block of whole lines from one source: the unit that crosses
// goroutines. In a JSON document a record is a line.
//
// A batch is owned by whoever got it from Archive.Next, until Release. The
// byte slices that Next hands out alias the batch's buffer and are valid until
// Release; tests overwrite released buffers.
type Batch struct {
	Source   *Source
	Sequence int   // position among the batches of Source, from 0
	End      int64 // uncompressed offset in Source of the byte after the batch's last

	// Set by the reader, used up by Next.
	data       []byte // whole lines, or whole records
	document   bool   // data holds records
	starts     []int  // documents only: offset in data of each record
	ends       []int  // documents only: offset in data after each record
	maxLine    int    // bytes; longer lines of data are too long
	flaw       Defect // of the line that follows data, if any
	flawHead   []byte // its first bytes, at most headBytes; not part of buffer
	flawOffset int64  // uncompressed, in Source, of flawHead; -1 without a flaw
	bytes      int64  // of Source that this batch stands for
	nulBytes   int64  // dropped by the reader and by Next

	position int // of Next, in data or in ends
	lines    int // handed out by Next

	buffer  []byte       // data's backing store, kept for the next batch
	release func(*Batch) // gives the batch back to its pool
}

// headBytes is how much is shown of a line that is not kept whole.
const headBytes = 512

// Next returns the next line, without its "\n" or "\r\n", and what is wrong
// with it; ok is false when the batch is used up. A run of NUL bytes at the
// start of a line, the hole that copytruncate leaves, is dropped and counted;
// a line of nothing else is no line.
func (b *Batch) Next() (line []byte, defect Defect, ok bool) {
	if b.document {
		return b.nextRecord()
	}
	for b.position < len(b.data) {
		rest := b.data[b.position:]
		if end := bytes.IndexByte(rest, '\n'); end >= 0 {
			line = rest[:end:end]
			b.position += end + 1
		} else {
			line = rest
			b.position = len(b.data)
		}
		if len(line) > 0 && (line[0] == 0 || line[len(line)-1] == '\r') {
			if line = b.trim(line); line == nil {
				continue
			}
		}
		b.lines++
		if len(line) > b.maxLine {
			return line[:min(headBytes, len(line))], TooLong, true
		}
		return line, Whole, true
	}
	return b.nextFlaw()
}

func (b *Batch) nextRecord() (line []byte, defect Defect, ok bool) {
	if b.position == len(b.ends) {
		return b.nextFlaw()
	}
	start, end := b.starts[b.position], b.ends[b.position]
	b.position++
	b.lines++
	return b.data[start:end:end], Whole, true
}

// nextFlaw hands out the line that could not be read whole, once.
func (b *Batch) nextFlaw() (line []byte, defect Defect, ok bool) {
	if b.flaw == Whole {
		return nil, Whole, false
	}
	defect, b.flaw = b.flaw, Whole
	b.lines++
	return b.flawHead, defect, true
}

// trim takes a leading run of NUL bytes and a trailing "\r" off line. It
// returns nil where nothing but NUL bytes was there, so no line either.
func (b *Batch) trim(line []byte) []byte {
	text := line[nulRun(line):]
	b.nulBytes += int64(len(line) - len(text))
	if len(text) == 0 {
		return nil
	}
	return bytes.TrimSuffix(text, []byte{'\r'})
}

// shrinkHole leaves one byte of a run of NUL bytes that begins at cut, the
// start of a line that has not ended yet. One is enough for Next to know, once
// the line's end is there, that a line of nothing else is no line; all of them
// may be as many as the log was long before it was truncated.
func (b *Batch) shrinkHole(buffer []byte, cut int) []byte {
	rest := buffer[cut:]
	if len(rest) < 2 || rest[0] != 0 || rest[1] != 0 {
		return buffer
	}
	surplus := nulRun(rest) - 1
	b.nulBytes += int64(surplus)
	return buffer[:cut+copy(rest, rest[surplus:])]
}

// setFlaw makes start, at offset in the source, the line that follows data.
func (b *Batch) setFlaw(defect Defect, offset int64, start []byte) {
	b.flaw, b.flawOffset = defect, offset
	b.flawHead = append(b.flawHead[:0], start[:min(headBytes, len(start))]...)
}

// Bytes returns how many uncompressed bytes of the source the batch stands
// for: its lines with their line ends, and all that was dropped or skipped.
// Over the batches of a source they add up to what was read of it.
func (b *Batch) Bytes() int64 { return b.bytes }

// FlawOffset returns the uncompressed offset in Source of the line or record
// that the batch ends with because it could not be kept whole; -1 where there
// is none. For Broken it is where the document stops being one.
func (b *Batch) FlawOffset() int64 { return b.flawOffset }

// Lines returns how many lines Next has handed out so far.
func (b *Batch) Lines() int { return b.lines }

// NULBytes returns how many NUL bytes were dropped; whole once Next has
// returned false.
func (b *Batch) NULBytes() int64 { return b.nulBytes }

// Release gives the batch back. Neither it nor any slice from Next may be used
// afterwards.
func (b *Batch) Release() {
	poison(b.buffer[:cap(b.buffer)])
	poison(b.flawHead[:cap(b.flawHead)])
	b.release(b)
}
