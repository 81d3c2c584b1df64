package report

import (
	"strings"
	"unicode/utf8"
)

// cells returns how many terminal cells a visible text takes.
func cells(text string) (n int) {
	for _, r := range text {
		n += runeCells(r)
	}
	return n
}

// maxUnit is the cells of the widest unit, an escape such as \U000e0001.
const maxUnit = 10

// unit returns the size in bytes of the first thing of a visible text that is
// not cut in two, a rune or an escape, and how many cells it takes.
func unit(text string) (size, width int) {
	if len(text) > 1 && text[0] == '\\' {
		digits := 0
		switch text[1] {
		case '\\', '"':
			return 2, 2
		case 'x':
			digits = 2
		case 'u':
			digits = 4
		case 'U':
			digits = 8
		}
		if size = 2 + digits; digits > 0 && len(text) >= size && isHex(text[2:size]) {
			return size, size
		}
	}
	r, size := utf8.DecodeRuneInString(text)
	return size, runeCells(r)
}

func isHex(text string) bool { return strings.Trim(text, hexDigits) == "" }

// head returns the longest beginning of a visible text that fits into width
// cells, with the marks that sit on its last rune.
func head(text string, width int) string {
	for i := 0; i < len(text); {
		size, w := unit(text[i:])
		if width -= w; width < 0 {
			return text[:i]
		}
		i += size
	}
	return text
}

// tail returns the longest end of a visible text that fits into width cells
// and does not begin with a mark.
func tail(text string, width int) string {
	skip := cells(text) - width
	for len(text) > 0 {
		size, w := unit(text)
		if skip <= 0 && w > 0 {
			return text
		}
		skip -= w
		text = text[size:]
	}
	return ""
}

// cutEnd returns a visible text cut at its end to fit into width cells.
func cutEnd(text string, width int, ellipsis string) string {
	if cells(text) <= width {
		return text
	}
	if width < cells(ellipsis) {
		return head(text, max(0, width))
	}
	return head(text, width-cells(ellipsis)) + ellipsis
}

// cutMiddle returns a visible text cut in its middle to fit into width cells:
// of paths and addresses both ends tell them apart.
func cutMiddle(text string, width int, ellipsis string) string {
	room := width - cells(ellipsis)
	if cells(text) <= width {
		return text
	}
	if room < 2 {
		return cutEnd(text, width, ellipsis)
	}
	return head(text, room-room/2) + ellipsis + tail(text, room/2)
}

// wrap breaks a visible text into lines of at most width cells: at spaces,
// and within words that are longer than a line. Other spaces stay as they are.
func wrap(text string, width int) (lines []string) {
	width = max(maxUnit, width) // so that there is progress
	line, begun := "", false
	for word := range strings.SplitSeq(text, " ") {
		if begun && cells(line)+1+cells(word) <= width {
			line += " " + word
			continue
		}
		if begun {
			lines = append(lines, line)
		}
		for cells(word) > width {
			part := head(word, width)
			lines, word = append(lines, part), word[len(part):]
		}
		line, begun = word, true
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
