package report

import (
	"time"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/experiment"
)

// Report is what one run has to say: the snapshot, and what only the run
// knows about how it came to be. Only the text shows the latter.
type Report struct {
	Snapshot *aggregator.Snapshot // not owned; never nil

	Sources    []Source    // in the order they were given
	Failures   []Failure   // inputs that could not be read to their end
	Duplicates []Duplicate // inputs left out because they had been read already
	Samples    []Sample    // of the lines that were not fully parsed

	Split         string // the splits in use, in words; empty where there are none
	VariantOrigin string // where variants came from, as a short sentence; may be empty

	Warnings []string // what else the reader should know

	Experiments []Experiment // one for each split in use, the primary one first

	Since, Until time.Time // the filter Since <= time < Until; zero where open

	// Top is how many hosts and paths are listed. Zero lists all of them in
	// JSON and CSV and the first 10 in text; negative lists all everywhere.
	Top int
}

// Experiment is one split_clients block.
type Experiment struct {
	Name     string // the variable that it sets, without "$"; of Snapshot.Assignments
	Key      string // what is hashed, as configured
	Variants []ConfiguredShare

	// Result is what the comparison of its variants says; nil where there is
	// none, for the reason Without.
	Result  *experiment.Result
	Without string

	// AA says that the split never was: it was made up to compare requests that
	// nobody treated differently.
	AA bool

	// Slow is from when on a request counts as slow, longer ones do; 0 if unknown.
	Slow time.Duration

	// Cause is what probably broke the assignment, or made the key get lost, in
	// sentences; empty where neither is the case.
	Cause string
}

// ConfiguredShare is the share of keys that the configuration gives a variant.
type ConfiguredShare struct {
	Variant    string
	Hundredths int64 // of a percent
}

// Source is one input that was read.
type Source struct {
	Name     string
	Format   string // the format its lines were read by, such as "combined"
	Reason   string // why that format, such as "told from the first 1,000 lines"
	Encoding string // such as "gzip"; empty for plain text
	Lines    int64
}

// Failure is an input that could not be read, or not to its end. What came
// before Offset is in the snapshot.
type Failure struct {
	Source string
	Offset int64 // uncompressed bytes read until then
	Error  string
}

// Duplicate is an input that was left out because it is the same as another.
type Duplicate struct {
	Source string
	Of     string // the one that was read
}

// Sample is one line that was not fully parsed, and why.
type Sample struct {
	Source      string
	Line        int64  // 1 is the first
	Column      int    // of Text, in bytes, 1 is the first; 0 where unknown
	Reason      string // as in Snapshot.Lines.Reasons
	Field       string // the variable that could not be read, without its $; may be empty
	Text        []byte // what could not be read, cut; may be empty
	Explanation string // what was expected; may be empty
}

// defaultTop is how many hosts and paths the text lists unless told.
const defaultTop = 10

// limit returns how many of n rows are listed under a Top, where zero means
// byDefault; byDefault zero means all.
func limit(n, top, byDefault int) int {
	if top == 0 {
		top = byDefault
	}
	if top <= 0 {
		return n
	}
	return min(n, top)
}
