package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"time"
)

// corpus are lines to write, again and again.
type corpus struct {
	text    []byte
	offsets []int // of each line, and the end
	next    int
}

func readLines(name string) (*corpus, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read the lines to write (make bench generates them): %w", err)
	}
	c := &corpus{text: text, offsets: []int{0}}
	for at := 0; at < len(text); {
		n := bytes.IndexByte(text[at:], '\n')
		if n < 0 {
			break
		}
		at += n + 1
		c.offsets = append(c.offsets, at)
	}
	if len(c.offsets) < 2 {
		return nil, fmt.Errorf("%q has no lines", name)
	}
	return c, nil
}

func (c *corpus) lines() int { return len(c.offsets) - 1 }

// write writes n lines, each with a write of its own, as nginx does without a
// buffer.
func (c *corpus) write(w io.Writer, n int) error {
	for range n {
		if c.next == c.lines() {
			c.next = 0
		}
		if _, err := w.Write(c.text[c.offsets[c.next]:c.offsets[c.next+1]]); err != nil {
			return err
		}
		c.next++
	}
	return nil
}

// writeAtRate writes lines at a rate until stop is closed, and tells after each
// step how many there are by now.
func (c *corpus) writeAtRate(w io.Writer, rate int, stop <-chan struct{}, wrote func(lines int64)) error {
	const step = 5 * time.Millisecond
	ticker := time.NewTicker(step)
	defer ticker.Stop()
	begin := time.Now()
	var total int64
	for {
		select {
		case <-stop:
			return nil
		case now := <-ticker.C:
			due := int64(now.Sub(begin).Seconds()*float64(rate)) - total
			if err := c.write(w, int(due)); err != nil {
				return err
			}
			total += due
			wrote(total)
		}
	}
}
