package agent

import (
	"fmt"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/parser"
	"github.com/splitgauge/splitgauge/tailer"
)

// counter adds the lines of batches to a shard: what replay and the live agent
// have in common. It belongs to one goroutine.
type counter struct {
	shard *aggregator.Shard

	// fault is told of every line that was not fully parsed; what it was comes
	// from explain, whose text is valid during the call.
	fault func(batch *tailer.Batch, reason string, explain func() parser.Fault)

	observe func(*parser.Entry) // takes requests instead of shard; nil mostly

	filtered     bool  // only requests with since <= time < until
	since, until int64 // Unix milliseconds

	parsers   map[*parser.Format]lineParser
	entry     parser.Entry
	assigners map[*splitSet]*assigner
}

// lineParser is a parser, and what explains its last fault, made once.
type lineParser struct {
	*parser.Parser
	explain func() parser.Fault
}

func newCounter(shard *aggregator.Shard) *counter {
	return &counter{
		shard:     shard,
		parsers:   make(map[*parser.Format]lineParser),
		assigners: make(map[*splitSet]*assigner),
	}
}

// count adds the lines of a batch, read in the way told, to the shard.
func (c *counter) count(batch *tailer.Batch, how told) {
	p, assign := c.parser(how.format), c.assigner(how.splits)
	before := c.shard.LineCounts()
	for line, defect, ok := batch.Next(); ok; line, defect, ok = batch.Next() {
		if defect != tailer.Whole {
			c.addFlawed(batch, line, defect)
			continue
		}
		result := p.Parse(line, &c.entry)
		if result == parser.Parsed {
			c.shard.AddLine(result, "")
		} else {
			c.shard.AddLine(result, p.Reason())
			c.fault(batch, p.Reason(), p.explain)
			if result == parser.Unparsed {
				continue
			}
		}
		c.addRequest(assign)
	}
	c.shard.AddBytes(batch.Bytes(), batch.NULBytes())
	if assign != nil {
		assign.addLines(before)
	}
}

// addRequest adds the entry, if it passes the filter.
func (c *counter) addRequest(assign *assigner) {
	e := &c.entry
	if c.filtered && (e.Time < c.since || e.Time >= c.until) {
		return
	}
	if c.observe != nil {
		c.observe(e)
		return
	}
	if assign == nil {
		c.shard.Add(e)
		return
	}
	assign.assign(e)
	c.shard.Add(e)
	assign.addToArms(e)
}

// addFlawed counts a line that could not be read whole.
func (c *counter) addFlawed(batch *tailer.Batch, head []byte, defect tailer.Defect) {
	fault := parser.Fault{Reason: parser.ReasonTooLong, Text: head, Want: "a line, or a record, within the limit"}
	if defect == tailer.Broken {
		fault = parser.Fault{Reason: parser.ReasonJSON, Text: head, Want: fmt.Sprintf("the JSON document to go on at byte %d", batch.FlawOffset())}
	}
	c.shard.AddLine(parser.Unparsed, fault.Reason)
	c.fault(batch, fault.Reason, func() parser.Fault { return fault })
}

// parser returns the counter's own parser for a format.
func (c *counter) parser(f *parser.Format) lineParser {
	p, ok := c.parsers[f]
	if !ok {
		made := f.NewParser()
		p = lineParser{made, made.Fault}
		c.parsers[f] = p
	}
	return p
}

// assigner returns the counter's own assigner for the splits of a log, or nil
// where there are none.
func (c *counter) assigner(set *splitSet) *assigner {
	if len(set.splits) == 0 {
		return nil
	}
	a, ok := c.assigners[set]
	if !ok {
		a = newAssigner(set, c.shard)
		c.assigners[set] = a
	}
	return a
}
