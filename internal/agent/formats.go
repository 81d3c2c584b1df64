package agent

import (
	"fmt"
	"strings"

	"github.com/splitgauge/splitgauge/parser"
	"github.com/splitgauge/splitgauge/tailer"
)

// Of a file's start, this much is looked at to tell its format and its time.
const (
	headLines = 1000
	headBytes = 4 << 20
)

// formats are the formats that lines may be read by.
type formats struct {
	fixed      *parser.Format   // the one that was asked for; nil for auto
	candidates []*parser.Format // for auto
	json       *parser.Format   // for JSON documents
}

// told is how a source is read, and why.
type told struct {
	format *parser.Format
	reason string
	first  int64 // event time of the first request, or parser.NoTime
}

func newFormats(config *ReplayConfig) (*formats, error) {
	options := parser.Options{Escape: config.Escape, Variants: variantNames(config), Host: config.Hosts, Keys: config.Keys}
	if config.Split != nil {
		options.Values = config.Split.Key.Variables()
	}
	named := func(name string) parser.Options {
		o := options
		o.Name = name
		return o
	}
	json, err := parser.JSON(named("json"))
	if err != nil {
		return nil, err
	}
	combined, err := parser.Compile(parser.CombinedText, named("combined"))
	if err != nil {
		return nil, err
	}
	common, err := parser.Compile(parser.CommonText, named("common"))
	if err != nil {
		return nil, err
	}
	f := &formats{json: json}
	switch config.Format {
	case "", "auto":
		f.candidates = []*parser.Format{combined, common, json}
	case "combined":
		f.fixed = combined
	case "common":
		f.fixed = common
	case "json":
		f.fixed = json
	default:
		if !strings.Contains(config.Format, "$") {
			return nil, fmt.Errorf("cannot use format %q: want auto, combined, common, json, or the text of a log_format with its $variables", config.Format)
		}
		if f.fixed, err = parser.Compile(config.Format, named("the log_format given")); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// tell settles how a source is read from its start. An error that reading it
// meets here is met again, and reported, when it is read whole.
func (f *formats) tell(source *tailer.Source) told {
	lines, _ := source.Head(headLines, headBytes)
	t := told{format: f.fixed, first: parser.NoTime}
	switch {
	case f.fixed != nil && f.fixed != f.json:
		source.Document = false // text may begin with a bracket
	case f.fixed != nil:
	case source.Document:
		t.format, t.reason = f.json, "one JSON document"
	default:
		format, fits, ok := parser.Detect(lines, f.candidates)
		t.format = format
		switch {
		case len(lines) == 0:
			t.reason = "nothing to tell it from"
		case !ok:
			t.reason = fmt.Sprintf("a guess: none of the first %d lines fits any format known", len(lines))
		default:
			t.reason = fmt.Sprintf("told from the first %d lines, of which %d fit", len(lines), fits)
		}
	}
	t.first = firstTime(lines, t.format)
	return t
}

// firstTime returns the event time of the first request of lines that has one.
func firstTime(lines [][]byte, format *parser.Format) int64 {
	p := format.NewParser()
	var e parser.Entry
	for _, line := range lines {
		if p.Parse(line, &e) != parser.Unparsed && e.Time != parser.NoTime {
			return e.Time
		}
	}
	return parser.NoTime
}
