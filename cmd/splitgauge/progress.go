package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// progressBar shows on a terminal how far reading has come: a bar, the rate and
// the time left. On anything else it shows nothing.
type progressBar struct {
	out     io.Writer
	width   int // columns; 0 where out is no terminal
	now     func() time.Time
	started time.Time
	shown   time.Time // when the bar was last drawn; zero while it never was
}

// The bar appears only where reading takes a while, and not more often than can
// be seen.
const (
	progressDelay    = 500 * time.Millisecond
	progressInterval = 100 * time.Millisecond
)

// maxLeft is the longest time left that is believed.
const maxLeft = 1000 * time.Hour

func newProgressBar(out io.Writer) *progressBar {
	b := &progressBar{out: out, now: time.Now, started: time.Now()}
	b.width, _ = terminalWidth(out)
	return b
}

// callback returns what to call with the bytes done and the bytes in all, or nil
// where nobody would see it.
func (b *progressBar) callback() func(done, total int64) {
	if b.width == 0 {
		return nil
	}
	return b.show
}

func (b *progressBar) show(done, total int64) {
	now := b.now()
	if now.Sub(b.started) < progressDelay || now.Sub(b.shown) < progressInterval {
		return
	}
	b.shown = now
	fmt.Fprintf(b.out, "\r%s\x1b[K", progressLine(done, total, now.Sub(b.started), b.width-1))
}

// clear takes the bar away.
func (b *progressBar) clear() {
	if !b.shown.IsZero() {
		fmt.Fprint(b.out, "\r\x1b[K")
	}
}

// progressLine returns what the bar shows, at most width columns.
func progressLine(done, total int64, elapsed time.Duration, width int) string {
	rate := float64(done) / elapsed.Seconds()
	text := fmt.Sprintf("%s/s", binarySize(rate))
	if total <= 0 {
		return clip(fmt.Sprintf("%s read  %s", binarySize(float64(done)), text), width)
	}
	fraction := min(1, float64(done)/float64(total))
	if left := float64(total-done) / rate; left < maxLeft.Seconds() {
		text += fmt.Sprintf("  %s left", max(0, time.Duration(left*float64(time.Second)).Round(time.Second)))
	}
	text = fmt.Sprintf(" %3.0f %%  %s", 100*fraction, text)
	bar := width - len(text) - 2
	if bar < 10 {
		return clip(text, width)
	}
	full := int(fraction * float64(bar))
	return "[" + strings.Repeat("#", full) + strings.Repeat(".", bar-full) + "]" + text
}

func clip(text string, width int) string { return text[:max(0, min(width, len(text)))] }

// binarySize writes a number of bytes for people.
func binarySize(bytes float64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	i := 0
	for ; bytes >= 1024 && i < len(units)-1; i++ {
		bytes /= 1024
	}
	return fmt.Sprintf("%.1f %s", bytes, units[i])
}
