package tailer

import (
	"bytes"
	"io"
)

// lineStart returns where the last line of the first size bytes of a file
// begins, or would begin. It searches maxLine bytes for a line end at most;
// where there is none, what follows size is taken for a line of its own.
func lineStart(file io.ReaderAt, size int64, maxLine int) int64 {
	const block = 64 << 10
	least := max(0, size-int64(maxLine)-1)
	for end := size; end > least; {
		start := max(least, end-block)
		data := make([]byte, end-start)
		n, err := file.ReadAt(data, start)
		if err != nil && err != io.EOF {
			return size
		}
		if at := bytes.LastIndexByte(data[:n], '\n'); at >= 0 {
			return start + int64(at) + 1
		}
		end = start
	}
	if least == 0 {
		return 0
	}
	return size
}
