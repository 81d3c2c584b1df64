package agent

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/splitgauge/splitgauge/internal/loggen"
	"github.com/splitgauge/splitgauge/splitclients"
)

// truthCases are logs that between them have every format, seeds and zones of
// their own, and all the steps of a timeline but days.
var truthCases = []struct {
	name  string
	log   loggen.Config
	hosts bool
	split bool // computed by the reader
	auto  bool // the format is for the reader to tell
}{
	{"combined", loggen.Config{Seed: 11, Duration: 5 * time.Hour}, false, false, true},
	{"combined with a split", loggen.Config{Seed: 12, Duration: 26 * time.Hour, Start: at(2026, 6, 30, "+05:30")}, false, true, false},
	{"combined with bad lines", loggen.Config{Seed: 13, Duration: time.Hour, Bad: 0.05, Clients: 300}, true, true, false},
	{"extended", loggen.Config{Seed: 21, Format: loggen.Extended, Duration: 3 * time.Hour}, false, false, false},
	{"extended by host", loggen.Config{Seed: 22, Format: loggen.Extended, Duration: 60 * 24 * time.Hour, Start: at(2026, 1, 15, "-03:30"), Clients: 2000}, true, true, false},
	{"extended with bad lines", loggen.Config{Seed: 23, Format: loggen.Extended, Duration: 4 * time.Hour, Bad: 0.1}, true, false, false},
	{"json", loggen.Config{Seed: 31, Format: loggen.JSON, Duration: time.Hour}, false, false, true},
	{"json by host", loggen.Config{Seed: 32, Format: loggen.JSON, Duration: 300 * 24 * time.Hour, Start: at(2026, 12, 31, "+14:00"), Clients: 30}, true, false, false},
	{"json with bad lines", loggen.Config{Seed: 33, Format: loggen.JSON, Duration: 12 * time.Hour, Bad: 0.05}, true, true, false},
}

func at(year int, month time.Month, day int, zone string) time.Time {
	start, err := time.Parse("2006-1-2 15:04 -07:00", fmt.Sprintf("%d-%d-%d 23:50 %s", year, month, day, zone))
	if err != nil {
		panic(err)
	}
	return start
}

const truthLines = 5_000

// TestReplayTellsTheTruth is the promise that the report is exact: it is the
// one that a perfect reader would make, and its bytes depend neither on the
// workers nor on how the lines are packed into files.
func TestReplayTellsTheTruth(t *testing.T) {
	for _, test := range truthCases {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.log.Lines = truthLines
			if os.Getenv("SPLITGAUGE_FULL") != "" {
				test.log.Lines *= 40
			}
			log, truth := generateLog(t, test.log)
			config := ReplayConfig{Reading: Reading{Hosts: test.hosts}}
			config.Reader.BlockSize = 32 << 10 // many batches, for the workers to mix up
			if !test.auto {
				config.Format = formatName(test.log.Format)
			}
			if test.split {
				config.Split = parseSplit(t, loggen.DefaultSplit)
			}
			want := truth.Document(loggen.DocumentOptions{Hosts: test.hosts, Split: test.split})

			var first []byte
			for _, layout := range layouts {
				config.Inputs = layout.write(t, log, test.log.Seed)
				for _, config.Workers = range []int{1, 2, 4} {
					got := jsonOf(t, mustReplay(t, config))
					if first == nil {
						first = got
						compareTruth(t, got, want)
					}
					if !bytes.Equal(got, first) {
						t.Errorf("%s with %d workers: the report is another one", layout.name, config.Workers)
						compareTruth(t, got, want)
					}
				}
			}
		})
	}
}

// TestReplayOfAnotherSplit lets the reader compute variants that were never
// logged, by either boundary rule of nginx.
func TestReplayOfAnotherSplit(t *testing.T) {
	const split = `split_clients "x$remote_addr" $test { 33.33% a; 33.33% b; 20% ""; 0.01% tiny; * rest; }`
	for _, rule := range []splitclients.Rule{splitclients.RuleNewest, ruleFor(t, "1.22.1")} {
		log, truth := generateLog(t, loggen.Config{Seed: 5, Lines: truthLines, Clients: 5000, Split: split, Rule: rule})
		parsed, err := splitclients.Parse(split, rule)
		if err != nil {
			t.Fatal(err)
		}
		config := ReplayConfig{Inputs: plainFile(t, log), Reading: Reading{Split: parsed}}
		compareTruth(t, jsonOf(t, mustReplay(t, config)), truth.Document(loggen.DocumentOptions{Split: true}))
	}
}

// TestReplayTop lists the busiest hosts and paths only.
func TestReplayTop(t *testing.T) {
	log, truth := generateLog(t, loggen.Config{Seed: 6, Lines: truthLines, Format: loggen.JSON})
	config := ReplayConfig{Inputs: plainFile(t, log), Top: 3, Reading: Reading{Hosts: true}}
	compareTruth(t, jsonOf(t, mustReplay(t, config)), truth.Document(loggen.DocumentOptions{Hosts: true, Top: 3}))
}

// layout is a way in which lines may lie on disk.
type layout struct {
	name  string
	files int
	pack  func(io.Writer) (io.WriteCloser, error) // nil: as they are
	mixed bool                                    // only every other file is packed
}

var layouts = []layout{
	{"one file", 1, nil, false},
	{"7 files", 7, nil, false},
	{"7 gzip files", 7, packGzip, false},
	{"7 zstd files", 7, packZstd, false},
	{"7 files, some of them gzip", 7, packGzip, true},
}

// write cuts a log into files at line ends, names them so that the names tell
// nothing, and returns them in any order.
func (l *layout) write(t *testing.T, log []byte, seed uint64) (paths []string) {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, uint64(l.files)))
	directory := t.TempDir()
	for i, number := range random.Perm(l.files) {
		size := len(log)
		if rest := l.files - i; rest > 1 {
			size = min(len(log), 1+random.IntN(2*len(log)/rest))
			size += bytes.IndexByte(log[size-1:], '\n')
		}
		path := filepath.Join(directory, fmt.Sprintf("access.log.%d", number))
		pack := l.pack
		if l.mixed && i%2 == 1 {
			pack = nil
		}
		writePacked(t, path, log[:size], pack)
		log = log[size:]
		paths = append(paths, path)
	}
	random.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
	return paths
}

func packGzip(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, gzip.BestSpeed) }

func packZstd(w io.Writer) (io.WriteCloser, error) {
	return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
}

func writePacked(t *testing.T, path string, content []byte, pack func(io.Writer) (io.WriteCloser, error)) {
	t.Helper()
	if pack != nil {
		var packed bytes.Buffer
		w, err := pack(&packed)
		if err == nil {
			_, err = w.Write(content)
			err = errors.Join(err, w.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
		content = packed.Bytes()
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// generateLog returns a log and the truth about it.
func generateLog(t *testing.T, config loggen.Config) ([]byte, *loggen.Truth) {
	t.Helper()
	generator, err := loggen.New(config)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	if _, err := generator.WriteTo(&log); err != nil {
		t.Fatal(err)
	}
	return log.Bytes(), generator.Truth()
}

// formatName returns what --format says for a generated log.
func formatName(format loggen.Format) string {
	if format == loggen.JSON {
		return "json"
	}
	return format.Text()
}

func parseSplit(t *testing.T, text string) *splitclients.Split {
	t.Helper()
	split, err := splitclients.Parse(text, splitclients.RuleNewest)
	if err != nil {
		t.Fatal(err)
	}
	return split
}

func ruleFor(t *testing.T, version string) splitclients.Rule {
	t.Helper()
	rule, err := splitclients.RuleFor(version)
	if err != nil {
		t.Fatal(err)
	}
	return rule
}
