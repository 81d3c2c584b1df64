package parser

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestMarks compares the bitmaps of lines of every length around the block
// sizes with a look at each byte, and the vectorised marking with the plain one.
func TestMarks(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var m marks
	for size := range 300 {
		line := make([]byte, size)
		for i := range line {
			line[i] = `ab" \`[random.IntN(5)]
		}
		m.index(line, '"', ' ')
		for i := 0; i <= size; i++ {
			for name, check := range map[string]struct {
				marked bitmap
				byte   byte
			}{"first": {m.first, '"'}, "second": {m.second, ' '}} {
				want := bytes.IndexByte(line[i:], check.byte)
				if want >= 0 {
					want += i
				}
				if got := check.marked.next(i); got != want {
					t.Fatalf("%s.next(%d) of %q is %d; want %d", name, i, line, got, want)
				}
			}
		}
		if blocks := size / 64; blocks > 0 {
			a, b, c, d := make([]uint64, blocks), make([]uint64, blocks), make([]uint64, blocks), make([]uint64, blocks)
			markBlocks(a, b, line, blocks, '"', '\\')
			markBlocksGeneric(c, d, line, blocks, '"', '\\')
			for i := range blocks {
				if a[i] != c[i] || b[i] != d[i] {
					t.Fatalf("block %d of %q is marked %x and %x; plainly %x and %x", i, line, a[i], b[i], c[i], d[i])
				}
			}
		}
	}
}
