package tailer

import "bytes"

// Head returns copies of the batch's first whole lines, at most max of them. It
// uses nothing up: Next still hands them out.
func (b *Batch) Head(max int) (lines [][]byte) {
	look := *b
	for len(lines) < max {
		line, defect, ok := look.Next()
		if !ok {
			break
		}
		if defect == Whole {
			lines = append(lines, bytes.Clone(line))
		}
	}
	return lines
}
