package tailer

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// splitReference says in the plainest way what reading text has to give.
func splitReference(text string, maxLine int) (lines []string, defects []Defect, nul int64) {
	parts := strings.Split(text, "\n")
	if parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1] // behind the last newline is no line
	}
	for _, part := range parts {
		line := strings.TrimLeft(part, "\x00")
		nul += int64(len(part) - len(line))
		if line == "" && part != "" {
			continue
		}
		defect := Whole
		line = strings.TrimSuffix(line, "\r")
		if len(line) > maxLine {
			line, defect = line[:min(headBytes, len(line))], TooLong
		}
		lines = append(lines, line)
		defects = append(defects, defect)
	}
	return lines, defects, nul
}

func checkAgainstReference(t fataler, text string, config Config) {
	t.Helper()
	got := readText(t, text, config)
	lines, defects, nul := splitReference(text, config.maxLine())
	if !slices.Equal(got.lines, lines) || !slices.Equal(got.defects, defects) || got.nul != nul {
		t.Fatalf("reading %q with %+v\n got %q %v, %d NUL bytes\nwant %q %v, %d NUL bytes",
			text, config, got.lines, got.defects, got.nul, lines, defects, nul)
	}
	if got.bytes != int64(len(text)) {
		t.Fatalf("reading %q: batches of %d bytes, want %d", text, got.bytes, len(text))
	}
	if len(got.failures) > 0 {
		t.Fatal(got.failures[0])
	}
}

func TestLinesAreAsPlainSplitting(t *testing.T) {
	for _, text := range []string{
		"", "\n", "\n\n", "a", "a\n", "a\nb", "a\r\nb\r", "\r", "\r\n", "a\r\r\n",
		"\x00", "\x00\n", "\x00\x00\x00", "\x00\x00a\n", "\x00\x00\r\n", "a\x00\n\x00b", "a\x00\x00", "\x00\x00\na",
		"12345678\n", "123456789\n", "12345678\r\n", "12345678\r", "\x0012345678\r\n", "\x00123456789\r\n",
		strings.Repeat("x", 700) + "\nnext", strings.Repeat("\x00", 700) + "next\n" + strings.Repeat("\x00", 700),
	} {
		for block := 1; block <= 20; block++ {
			checkAgainstReference(t, text, Config{BlockSize: block, MaxLine: 8})
		}
	}
}

func TestLinesProperty(t *testing.T) {
	piece := rapid.OneOf(
		rapid.StringOfN(rapid.RuneFrom([]rune("ab\r")), 0, 12, -1),
		rapid.Custom(func(t *rapid.T) string { return strings.Repeat("\x00", rapid.IntRange(1, 200).Draw(t, "hole")) }),
		rapid.Custom(func(t *rapid.T) string { return strings.Repeat("x", rapid.IntRange(1, 1500).Draw(t, "long")) }),
		rapid.Just("\n"), rapid.Just("\r\n"),
	)
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(piece, 0, 60).Draw(t, "pieces"), "")
		checkAgainstReference(t, text, Config{
			BlockSize: rapid.IntRange(1, 64).Draw(t, "block"),
			MaxLine:   rapid.OneOf(rapid.IntRange(1, 40), rapid.IntRange(500, 1200)).Draw(t, "line"),
		})
	})
}
