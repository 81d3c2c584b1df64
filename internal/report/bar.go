package report

import "strings"

// bar returns a horizontal bar of n/most of width cells, in eighths of a cell
// where the terminal can; at least the thinnest where n is not zero.
func (s *screen) bar(n, most int64, width int) string {
	if n <= 0 || most <= 0 || width <= 0 {
		return ""
	}
	if !s.unicode {
		return strings.Repeat("#", max(1, int(scale(n, most, int64(width)))))
	}
	eighths := max(1, int(scale(n, most, int64(width)*8)))
	text := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		text += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return text
}

// sparkline returns one cell a value, its height n/most of the values; a
// space for zero.
func (s *screen) sparkline(values []int64) string {
	levels := []rune("▁▂▃▄▅▆▇█")
	if !s.unicode {
		levels = []rune("_.:-=+*#")
	}
	var most int64
	for _, v := range values {
		most = max(most, v)
	}
	var b strings.Builder
	for _, v := range values {
		if v <= 0 {
			b.WriteByte(' ')
			continue
		}
		top := int64(len(levels) - 1)
		b.WriteRune(levels[scale(v, most, top)])
	}
	return b.String()
}

// scale returns n/most of size, rounded half up, for 0 <= n <= most.
func scale(n, most, size int64) int64 {
	for most > 1<<40 { // keep the product within 64 bits
		n, most = n/2, most/2
	}
	return (n*size + most/2) / most
}
