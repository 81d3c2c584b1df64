package tailer

import (
	"cmp"
	"path/filepath"
	"strings"
)

// rotation is how a rotated file got its name, oldest files first: dated ones
// are never renamed again, numbered ones move up at each rotation, and the
// file without a suffix is the one being written.
type rotation uint8

const (
	rotatedByDate rotation = iota
	rotatedByNumber
	notRotated
)

// rotatedName is a file name as logrotate makes it, taken apart.
type rotatedName struct {
	stem     string // the name without what rotation and compression added
	rotation rotation
	suffix   string // the number or the date
}

// Stem returns the name that a log had before rotation and compression renamed
// it: access.log for access.log.2.gz and for access.log-20261101.
func Stem(name string) string {
	directory, base := filepath.Split(name)
	return filepath.Join(directory, parseRotatedName(base).stem)
}

// dateDigits is the least a date has, as in 20261101. A rotation number has fewer.
const dateDigits = 8

func parseRotatedName(name string) rotatedName {
	for _, extension := range []string{".gz", ".zst", ".bz2", ".xz"} {
		name = strings.TrimSuffix(name, extension)
	}
	start := len(strings.TrimRight(name, "0123456789-_T"))
	for start < len(name) && !isDigit(name[start]) {
		start++ // separators do not begin a suffix
	}
	if start == len(name) || start == 0 {
		return rotatedName{name, notRotated, ""}
	}
	suffix := name[start:]
	stem := strings.TrimRight(name[:start], "-_")
	switch digits := countDigits(suffix); {
	case digits >= dateDigits:
		return rotatedName{strings.TrimSuffix(stem, "."), rotatedByDate, suffix}
	case digits == len(suffix) && strings.HasSuffix(stem, ".") && len(stem) == start:
		return rotatedName{strings.TrimSuffix(stem, "."), rotatedByNumber, suffix}
	}
	return rotatedName{name, notRotated, ""}
}

func (n rotatedName) compare(other rotatedName) int {
	if order := compareNatural(n.stem, other.stem); order != 0 {
		return order
	}
	if order := cmp.Compare(n.rotation, other.rotation); order != 0 {
		return order
	}
	if n.rotation == rotatedByNumber {
		return compareNatural(other.suffix, n.suffix) // the highest is the oldest
	}
	return compareNatural(n.suffix, other.suffix)
}

// compareNatural compares like strings.Compare, but runs of digits as numbers,
// so that web2 comes before web10.
func compareNatural(a, b string) int {
	for a != "" && b != "" {
		if isDigit(a[0]) && isDigit(b[0]) {
			numberA, restA := cutNumber(a)
			numberB, restB := cutNumber(b)
			if order := cmp.Or(cmp.Compare(len(numberA), len(numberB)), cmp.Compare(numberA, numberB)); order != 0 {
				return order
			}
			a, b = restA, restB
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

// cutNumber cuts a leading number off text, without its leading zeros.
func cutNumber(text string) (number, rest string) {
	end := 0
	for end < len(text) && isDigit(text[end]) {
		end++
	}
	return strings.TrimLeft(text[:end], "0"), text[end:]
}

func countDigits(text string) int {
	count := 0
	for i := range len(text) {
		if isDigit(text[i]) {
			count++
		}
	}
	return count
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
