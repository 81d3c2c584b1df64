package agent

import (
	"context"
	"fmt"

	"github.com/splitgauge/splitgauge/parser"
	"github.com/splitgauge/splitgauge/tailer"
)

// CheckedFile is what the start and the end of a log say.
type CheckedFile struct {
	Name     string `json:"name"`
	Format   string `json:"format"`           // by which its lines were read
	Reason   string `json:"reason,omitempty"` // why by that
	Encoding string `json:"encoding,omitempty"`

	Whole    bool  `json:"whole"` // all its lines were read
	Read     int64 `json:"read"`
	Parsed   int64 `json:"parsed"`
	Partial  int64 `json:"partial"`
	Unparsed int64 `json:"unparsed"`

	// Unfinished tells that the last line has no end yet and was left out,
	// because what is there of it does not parse.
	Unfinished bool `json:"unfinished,omitempty"`

	Problems []*CheckedProblem `json:"problems"`
}

// CheckedProblem is a reason for which lines were not fully parsed.
type CheckedProblem struct {
	Reason   string        `json:"reason"` // as in reports
	Lines    int64         `json:"lines"`
	Unparsed int64         `json:"unparsed"` // of Lines; the rest is partial
	Samples  []CheckedLine `json:"samples"`
	Fit      *Fit          `json:"fit"` // nil where no format known fits

	failed [][]byte // the first of the lines
}

// checkFile reads both ends of a source.
func (c *checker) checkFile(ctx context.Context, source *tailer.Source) error {
	told := c.formats.tell(source)
	file := &CheckedFile{Name: source.Name, Format: told.format.Name(), Reason: told.reason, Problems: []*CheckedProblem{}}
	if source.Encoding != tailer.Plain {
		file.Encoding = source.Encoding.String()
	}
	excerpt, err := readExcerpt(ctx, source, c.config.Reader)
	if err != nil && len(excerpt.lines) == 0 {
		return err
	}
	c.result.Files = append(c.result.Files, file)
	c.adviseOther(told.format, told.splits, source.Name)
	file.Whole = excerpt.whole
	file.judge(excerpt, told.format)
	for _, problem := range file.Problems {
		problem.Fit = c.fit(problem.failed, told.format)
	}
	return err
}

// judge parses the lines of an excerpt.
func (f *CheckedFile) judge(excerpt *excerpt, format *parser.Format) {
	p := format.NewParser()
	var entry parser.Entry
	for i := range excerpt.lines {
		line := &excerpt.lines[i]
		result, fault := parser.Unparsed, flaw(line)
		if line.defect == tailer.Whole {
			if result = p.Parse(line.text, &entry); result != parser.Parsed {
				fault = p.Fault()
			}
		}
		if result != parser.Parsed && excerpt.unfinished && i == len(excerpt.lines)-1 && i > 0 {
			f.Unfinished = true
			return
		}
		f.Read++
		switch result {
		case parser.Parsed:
			f.Parsed++
			continue
		case parser.Partial:
			f.Partial++
		default:
			f.Unparsed++
		}
		f.problem(fault.Reason).add(line, fault, result, format)
	}
}

// flaw is the fault of a line that could not be read whole.
func flaw(line *excerptLine) parser.Fault {
	switch line.defect {
	case tailer.TooLong:
		return parser.Fault{Reason: parser.ReasonTooLong, Text: line.text, Want: "a line, or a record, within the limit (--max-line)"}
	case tailer.Broken:
		return parser.Fault{Reason: parser.ReasonJSON, Text: line.text, Want: "the JSON document to go on here"}
	}
	return parser.Fault{}
}

func (f *CheckedFile) problem(reason string) *CheckedProblem {
	for _, known := range f.Problems {
		if known.Reason == reason {
			return known
		}
	}
	added := &CheckedProblem{Reason: reason, Samples: []CheckedLine{}}
	f.Problems = append(f.Problems, added)
	return added
}

// Formats that have a name are tried on the first mostFitted lines of a problem,
// those that differ by a slip, which are many, on the first mostNear. Longer
// lines than longestFitted bytes are left out: the time that a hostile one takes
// grows with the square of its length.
const (
	mostFitted    = 50
	mostNear      = 10
	longestFitted = 4 << 10
)

func (p *CheckedProblem) add(line *excerptLine, fault parser.Fault, result parser.Result, format *parser.Format) {
	p.Lines++
	if result == parser.Unparsed {
		p.Unparsed++
	}
	if line.defect == tailer.Whole && len(p.failed) < mostFitted && len(line.text) <= longestFitted {
		p.failed = append(p.failed, line.text)
	}
	if len(p.Samples) < samplesPerReason {
		p.Samples = append(p.Samples, newCheckedLine(line, fault, format))
	}
}

// Place says where a line is: "line 7", or "line 7 from the end".
func (l *CheckedLine) Place() string {
	if l.Line > 0 {
		return fmt.Sprintf("line %d", l.Line)
	}
	if l.FromEnd == 1 {
		return "the last line"
	}
	return fmt.Sprintf("line %d from the end", l.FromEnd)
}
