package agent

import (
	"fmt"

	"github.com/splitgauge/splitgauge/internal/nginxconf"
	"github.com/splitgauge/splitgauge/parser"
)

// Fit is a format by which lines parse that do not by their own.
type Fit struct {
	Format string `json:"format"` // in words
	At     string `json:"at,omitempty"`

	// Lines of those Tried parse fully by it.
	Lines int `json:"lines"`
	Tried int `json:"tried"`

	// Directive is the format as a log_format, where it stands in no
	// configuration and nginx does not have it by itself.
	Directive string `json:"directive,omitempty"`
}

// fit returns the format that lines have; nil where none known fits. First come
// those that have a name, then those that differ from the one of the file by
// one mistake.
func (c *checker) fit(lines [][]byte, format *parser.Format) *Fit {
	if len(lines) == 0 {
		return nil
	}
	named := c.candidates()
	if fit := bestFit(lines, named, format); fit != nil {
		return fit
	}
	return bestFit(lines[:min(mostNear, len(lines))], c.near(format), format)
}

// candidate is a format to try.
type candidate struct {
	*parser.Format
	fit Fit
}

func bestFit(lines [][]byte, candidates []candidate, own *parser.Format) *Fit {
	var formats []*parser.Format
	for _, candidate := range candidates {
		if candidate.Text() != own.Text() || candidate.Escape() != own.Escape() || candidate.Text() == "" && own.Text() != "" {
			formats = append(formats, candidate.Format)
		}
	}
	if len(formats) == 0 {
		return nil
	}
	best, fits, _ := parser.Detect(lines, formats)
	if fits == 0 {
		return nil
	}
	for _, candidate := range candidates {
		if candidate.Format == best {
			fit := candidate.fit
			fit.Lines, fit.Tried = fits, len(lines)
			return &fit
		}
	}
	return nil
}

// candidates are the formats that have a name: those of the configuration, and
// those that need none.
func (c *checker) candidates() (candidates []candidate) {
	f := c.formats
	if f.nginx != nil {
		for _, format := range f.nginx.config.LogFormats {
			if format.Protocol != nginxconf.HTTP || format.Name == "combined" {
				continue
			}
			if compiled, err := f.compile(format, f.general); err == nil {
				candidates = append(candidates, candidate{compiled, Fit{Format: "log_format " + format.Name, At: format.Position.String()}})
			}
		}
	}
	options := f.options(f.general)
	options.Escape = parser.EscapeDefault
	for _, known := range [...]struct{ name, text string }{{"combined", parser.CombinedText}, {"common", parser.CommonText}} {
		if compiled, err := parser.Compile(known.text, options); err == nil {
			candidates = append(candidates, candidate{compiled, Fit{Format: known.name}})
		}
	}
	return append(candidates, candidate{f.json, Fit{Format: "json, told by its keys"}})
}

// near are the formats that differ from one by a mistake that people make.
func (c *checker) near(format *parser.Format) (candidates []candidate) {
	if format.Text() == "" {
		return nil
	}
	options := c.formats.options(c.formats.general)
	for _, change := range slips(format.Text(), format.Escape()) {
		options.Escape = change.escape
		compiled, err := parser.Compile(change.text, options)
		if err != nil {
			continue
		}
		escape := ""
		if change.escape != parser.EscapeDefault {
			escape = " escape=" + change.escape.String()
		}
		candidates = append(candidates, candidate{compiled, Fit{
			Format:    "the same " + change.words,
			Directive: fmt.Sprintf("log_format %s%s %s;", ownName, escape, quoteForNginx(change.text)),
		}})
	}
	return candidates
}
