package tailer

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

const twoLines = "one\ntwo\n"

// What bzip2 1.0.8 makes of twoLines and of nothing; no encoder is at hand.
const (
	bzip2TwoLines = "425a6839314159265359a7142b77000002c180001002018480200021800c0238f51b8bb9229c2848538a15bb80"
	bzip2Empty    = "425a683917724538509000000000"
)

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	content, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func concat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// skippableFrame is a zstd frame that holds no content.
func skippableFrame(payload string) []byte {
	return concat([]byte{0x53, 0x2a, 0x4d, 0x18, byte(len(payload)), 0, 0, 0}, []byte(payload))
}

func TestEncodings(t *testing.T) {
	one, two := []byte("one\n"), []byte("two\n")
	for _, test := range []struct {
		name     string
		content  []byte
		encoding Encoding
		want     string
	}{
		{"plain", []byte(twoLines), Plain, twoLines},
		{"empty", nil, Plain, ""},
		{"gzip", gzipped(t, []byte(twoLines)), Gzip, twoLines},
		{"gzip of nothing", gzipped(t, nil), Gzip, ""},
		{"gzip members", concat(gzipped(t, one), gzipped(t, nil), gzipped(t, two)), Gzip, twoLines},
		{"gzip member ends inside a line", concat(gzipped(t, []byte("on")), gzipped(t, []byte("e\ntwo\n"))), Gzip, twoLines},
		{"gzip with padding", concat(gzipped(t, one), make([]byte, 1000), gzipped(t, two), make([]byte, 7)), Gzip, twoLines},
		{"zstd", zstded(t, []byte(twoLines)), Zstd, twoLines},
		{"zstd of nothing", zstded(t, nil, zstd.WithZeroFrames(true)), Zstd, ""},
		{"zstd frames", concat(skippableFrame("index"), zstded(t, one), skippableFrame(""), zstded(t, two)), Zstd, twoLines},
		{"bzip2", unhex(t, bzip2TwoLines), Bzip2, twoLines},
		{"bzip2 streams", unhex(t, bzip2TwoLines+bzip2TwoLines), Bzip2, twoLines + twoLines},
		{"bzip2 of nothing", unhex(t, bzip2Empty), Bzip2, ""},
		{"xz", xzed(t, []byte(twoLines), 1<<20), XZ, twoLines},
		{"xz of nothing", xzed(t, nil, 1<<20), XZ, ""},
		{"xz streams", concat(xzed(t, one, 1<<20), make([]byte, 8), xzed(t, two, 1<<16)), XZ, twoLines},
		{"text like bzip2", []byte("BZh91 is a line\n"), Plain, "BZh91 is a line\n"},
		{"text like zstd", []byte("P*M is a line\n"), Plain, "P*M is a line\n"},
		{"gzip magic without its method", []byte("\x1f\x8bline\n"), Plain, "\x1f\x8bline\n"},
		{"binary", []byte("\x7fELF\x02\xff\n\xfe\x00\x00\n"), Plain, "\x7fELF\x02\xff\n\xfe\x00\x00\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			// The name says another encoding, and is not believed.
			path := writeFile(t, t.TempDir(), "access.log.bz2", test.content)
			sources, failures := Discover([]string{path}, Config{}, Events{})
			if len(failures) > 0 {
				t.Fatal(failures[0])
			}
			a := NewArchive(sources, Config{})
			got := readAll(t, a)
			want, _, _ := splitReference(test.want, 1<<20)
			if !slices.Equal(got.lines, want) || len(got.failures) > 0 {
				t.Errorf("lines %q, failures %v; want %q", got.lines, got.failures, want)
			}
			if sources[0].Encoding != test.encoding {
				t.Errorf("encoding %v, want %v", sources[0].Encoding, test.encoding)
			}
			if got.bytes != int64(len(test.want)) {
				t.Errorf("%d bytes, want %d", got.bytes, len(test.want))
			}
			if done, total := a.Progress(); done != total || total != int64(len(test.content)) {
				t.Errorf("progress %d of %d at the end of %d bytes", done, total, len(test.content))
			}
		})
	}
}

// A window descriptor of 0xa0 is 2^30 bytes; what follows is one empty block.
const zstdOneGiBWindow = "28b52ffd" + "00" + "a0" + "010000"

func TestDamagedSources(t *testing.T) {
	log := combinedLog(5000)
	gz, zst := gzipped(t, log), zstded(t, log)
	flipped := bytes.Clone(gz)
	flipped[len(flipped)-6] ^= 0xff // in the checksum
	for _, test := range []struct {
		name    string
		content []byte
		lines   func(int) bool
		says    string
	}{
		{"gzip cut in its data", gz[:len(gz)/2], func(n int) bool { return n > 1000 && n < 4000 }, "unexpected end of the gzip data"},
		{"gzip cut in its trailer", gz[:len(gz)-3], func(n int) bool { return n == 5000 }, "unexpected end of the gzip data"},
		{"gzip cut in a second header", concat(gz, gz[:5]), func(n int) bool { return n == 5000 }, "unexpected end of the gzip data"},
		{"gzip cut in its first header", gz[:5], func(n int) bool { return n == 0 }, "unexpected end of the gzip data"},
		{"gzip with a wrong checksum", flipped, func(n int) bool { return n == 5000 }, "checksum"},
		{"gzip with text behind it", concat(gz, []byte("plain line\n")), func(n int) bool { return n == 5000 }, "no gzip member"},
		{"zstd cut", zst[:len(zst)-len(zst)/3], func(n int) bool { return n < 5000 }, "unexpected end of the zstd data"},
		{"zstd with text behind it", concat(zst, []byte("plain line\n")), func(n int) bool { return n == 5000 }, "magic"},
		{"zstd window", unhex(t, zstdOneGiBWindow), func(n int) bool { return n == 0 }, "needs a zstd window of 1 GiB, and the limit is 8 MiB"},
		{"later zstd window", concat(zst, unhex(t, zstdOneGiBWindow)), func(n int) bool { return n == 5000 }, "a larger zstd window than the limit of 8 MiB"},
		{"bzip2 cut", unhex(t, bzip2TwoLines)[:30], func(n int) bool { return n == 0 }, "unexpected end of the bzip2 data"},
		{"xz cut", xzed(t, log, 1<<16)[:2000], func(n int) bool { return n < 5000 }, "unexpected end of the xz data"},
		{"xz dictionary", xzed(t, []byte(twoLines), 16<<20), func(n int) bool { return n == 0 }, "needs an xz dictionary of 16 MiB, and the limit is 8 MiB"},
	} {
		t.Run(test.name, func(t *testing.T) {
			directory := t.TempDir()
			bad := writeFile(t, directory, "bad", test.content)
			good := writeFile(t, directory, "good", []byte(twoLines))
			sources, _ := Discover([]string{bad, good}, Config{MaxWindow: 8 << 20}, Events{})
			a := NewArchive(sources, Config{MaxWindow: 8 << 20})
			got := readAll(t, a)
			if lines := len(got.lines); lines < 2 || !test.lines(lines-2) || got.lines[lines-1] != "two" {
				t.Fatalf("%d lines before the good source's", lines-2)
			}
			read := strings.Join(got.lines[:len(got.lines)-2], "\n")
			if !strings.HasPrefix(string(log), read) {
				t.Error("the lines are not those that were written")
			}
			if len(got.failures) != 1 {
				t.Fatalf("failures %v, want one", got.failures)
			}
			failure := got.failures[0]
			if failure.Source != sources[0] || !strings.Contains(failure.Error(), test.says) {
				t.Errorf("failure %q, want it to say %q", failure, test.says)
			}
			if rest := failure.Offset - int64(len(read)); rest < 0 || rest > 1 {
				t.Errorf("failure at byte %d, having read %d", failure.Offset, len(read))
			}
			if done, total := a.Progress(); done != total {
				t.Errorf("progress %d of %d at the end", done, total)
			}
		})
	}
}

func TestErrorOfReading(t *testing.T) {
	broken := io.MultiReader(strings.NewReader("whole\npart"), failingReader{})
	got := readFile(t, StdinName, Config{Stdin: broken})
	if !slices.Equal(got.lines, []string{"whole", "part"}) {
		t.Errorf("lines %q", got.lines)
	}
	if want := `cannot read "-" beyond byte 10 (uncompressed): input/output error`; len(got.failures) != 1 || got.failures[0].Error() != want {
		t.Errorf("failures %v, want %q", got.failures, want)
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, fmt.Errorf("input/output error") }
