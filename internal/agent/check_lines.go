package agent

import (
	"bytes"
	"context"
	"io"
	"os"

	"github.com/splitgauge/splitgauge/tailer"
)

// Of a log, this much is looked at from either end.
const (
	checkLines = 1000
	checkBytes = 4 << 20
)

// excerpt is the first and the last lines of a log.
type excerpt struct {
	lines []excerptLine
	whole bool // these are all of its lines

	// unfinished tells that the last line has no line end.
	unfinished bool
}

// excerptLine is a line, by where it stands: counted from 1, from the start of
// the log, or, where that is 0, from its end.
type excerptLine struct {
	text            []byte
	defect          tailer.Defect
	number, fromEnd int64
}

// readExcerpt reads both ends of a source whose encoding is known. Of a plain
// file that is all it reads; anything else is read through, in bounded memory.
func readExcerpt(ctx context.Context, source *tailer.Source, config tailer.Config) (*excerpt, error) {
	if source.Encoding == tailer.Plain && !source.Document && source.Name != tailer.StdinName {
		if file, err := os.Open(source.Name); err == nil {
			defer file.Close()
			if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
				return readEnds(ctx, file, info.Size(), config)
			}
		}
	}
	e := &excerpt{}
	last := lastLines{}
	err := eachLine(ctx, source, config, func(line []byte, defect tailer.Defect, number int64) {
		if number <= checkLines {
			e.lines = append(e.lines, excerptLine{bytes.Clone(line), defect, number, 0})
		} else {
			last.add(excerptLine{bytes.Clone(line), defect, number, 0})
		}
	})
	e.whole = !last.dropped && err == nil
	e.lines = append(e.lines, last.lines...)
	return e, err
}

// lastLines keeps the last lines that were added, within bounds.
type lastLines struct {
	lines   []excerptLine
	bytes   int
	dropped bool
}

func (l *lastLines) add(line excerptLine) {
	l.lines = append(l.lines, line)
	l.bytes += len(line.text)
	for len(l.lines) > checkLines || l.bytes > checkBytes && len(l.lines) > 1 {
		l.bytes -= len(l.lines[0].text)
		l.lines[0].text = nil
		l.lines = l.lines[1:]
		l.dropped = true
	}
}

// eachLine calls do for every line of a source; its text is valid until then.
func eachLine(ctx context.Context, source *tailer.Source, config tailer.Config, do func(line []byte, defect tailer.Defect, number int64)) error {
	archive := tailer.NewArchive([]*tailer.Source{source}, config)
	defer archive.Close()
	number := int64(0)
	for {
		batch, err := archive.Next()
		if err != nil {
			break
		}
		for line, defect, ok := batch.Next(); ok; line, defect, ok = batch.Next() {
			number++
			do(line, defect, number)
		}
		batch.Release()
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	if failures := archive.Failures(); len(failures) > 0 {
		return failures[0]
	}
	return nil
}

// readEnds reads both ends of a plain file.
func readEnds(ctx context.Context, file io.ReaderAt, size int64, config tailer.Config) (*excerpt, error) {
	e := &excerpt{}
	headEnd, err := headEnd(file, size)
	if err != nil {
		return e, err
	}
	tailStart, err := tailStart(file, size)
	if err != nil {
		return e, err
	}
	e.whole = tailStart <= headEnd
	tailStart = max(tailStart, headEnd)
	add := func(line []byte, defect tailer.Defect, _ int64) {
		e.lines = append(e.lines, excerptLine{bytes.Clone(line), defect, 0, 0})
	}
	if err := eachLineOf(ctx, io.NewSectionReader(file, 0, headEnd), config, add); err != nil {
		return e, err
	}
	known := len(e.lines) // whose numbers are
	if err := eachLineOf(ctx, io.NewSectionReader(file, tailStart, size-tailStart), config, add); err != nil {
		return e, err
	}
	if e.whole {
		known = len(e.lines)
	}
	for i := range e.lines {
		if i < known {
			e.lines[i].number = int64(i) + 1
		} else {
			e.lines[i].fromEnd = int64(len(e.lines) - i)
		}
	}
	var last [1]byte
	if size > 0 {
		if _, err := file.ReadAt(last[:], size-1); err == nil {
			e.unfinished = last[0] != '\n'
		}
	}
	return e, nil
}

// eachLineOf is eachLine over a part of a plain file that begins with a line.
func eachLineOf(ctx context.Context, part io.Reader, config tailer.Config, do func([]byte, tailer.Defect, int64)) error {
	config.Stdin = part
	sources, failures := tailer.Discover([]string{tailer.StdinName}, config, tailer.Events{})
	if len(failures) > 0 {
		return failures[0]
	}
	if _, err := sources[0].Head(1, 1); err != nil {
		return err
	}
	sources[0].Encoding, sources[0].Document = tailer.Plain, false
	return eachLine(ctx, sources[0], config, do)
}

const endBlock = 64 << 10 // bytes read at once

// headEnd returns where the first lines end.
func headEnd(file io.ReaderAt, size int64) (int64, error) {
	block := make([]byte, endBlock)
	lines := 0
	for offset := int64(0); offset < size; offset += endBlock {
		n, err := file.ReadAt(block[:min(endBlock, size-offset)], offset)
		if err != nil && err != io.EOF {
			return 0, err
		}
		for i, c := range block[:n] {
			if c != '\n' {
				continue
			}
			if lines++; lines == checkLines || offset+int64(i) >= checkBytes {
				return offset + int64(i) + 1, nil
			}
		}
	}
	return size, nil
}

// tailStart returns where the last lines begin.
func tailStart(file io.ReaderAt, size int64) (int64, error) {
	block := make([]byte, endBlock)
	lines := 0
	for end := size; end > 0; end -= min(end, endBlock) {
		start := max(0, end-endBlock)
		n, err := file.ReadAt(block[:end-start], start)
		if err != nil && err != io.EOF {
			return 0, err
		}
		for i := n - 1; i >= 0; i-- {
			at := start + int64(i)
			if block[i] != '\n' || at == size-1 {
				continue
			}
			if lines++; lines == checkLines || size-at >= checkBytes {
				return at + 1, nil
			}
		}
	}
	return 0, nil
}
