package experiment

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/splitgauge/splitgauge/aggregator"
)

// A minute or a server is named if it holds more than half of the excess, and that
// is more than twice its share of the requests: half of two servers explains nothing.
const (
	leastConcentration = 0.5
	leastGain          = 2
)

// Concentration is a minute or a server that holds more than half of what a variant
// has more, or less, than the control.
type Concentration struct {
	Kind   string  // "minute" or "server"
	Name   string  // the server, or when the minute begins
	Share  float64 // of the excess; above 1 if the rest makes up for some of it
	Ratio  float64 // of the plain rates without it
	Known  bool    // whether there is a ratio without it
	Left   int64   // errors of the variant without it
	Minute int64   // since 1970; of a minute
}

// excerpt is a part of the requests of two arms.
type excerpt struct{ arm, control aggregator.Excerpt }

// concentrations finds what holds most of the excess of server errors, or of what is
// missing of them; more is which. Nothing does where plain counts say otherwise.
func concentrations(arm, control *aggregator.Arm, pi float64, more bool) (found []Concentration) {
	whole := excerpt{totalOf(arm), totalOf(control)}
	if excess := whole.excess(whole, pi); more != (excess > 0) {
		return nil
	}
	minutes := minuteParts(arm, control)
	if i, share := whole.largest(minutes, pi); i >= 0 {
		c := Concentration{Kind: "minute", Name: minutes[i].minutes(), Share: share, Minute: minutes[i].first}
		c.Ratio, c.Left, c.Known = whole.without(minutes[i].excerpt)
		found = append(found, c)
	}
	servers := serverParts(arm, control)
	if i, share := whole.largest(servers, pi); i >= 0 {
		c := Concentration{Kind: "server", Name: servers[i].server, Share: share}
		c.Ratio, c.Left, c.Known = whole.without(servers[i].excerpt)
		found = append(found, c)
	}
	return found
}

func totalOf(arm *aggregator.Arm) (total aggregator.Excerpt) {
	for i := range arm.Cells {
		total.Requests += arm.Cells[i].Requests
		total.Errors5xx += arm.Cells[i].Errors5xx
	}
	return total
}

// part is an excerpt, and what it is of.
type part struct {
	excerpt
	server      string
	first, last int64 // minutes
}

// minuteParts returns what was in each minute. Minutes that share a slot are one
// part.
func minuteParts(arm, control *aggregator.Arm) (parts []part) {
	for slot := range aggregator.MinuteSlots {
		p := part{first: math.MaxInt64, last: math.MinInt64}
		for i, a := range []*aggregator.Arm{arm, control} {
			if len(a.Minutes) <= slot || a.Minutes[slot].Requests <= 0 {
				continue
			}
			m := &a.Minutes[slot]
			p.first, p.last = min(p.first, m.First), max(p.last, m.Last)
			if i == 0 {
				p.arm = m.Excerpt
			} else {
				p.control = m.Excerpt
			}
		}
		if p.first <= p.last {
			parts = append(parts, p)
		}
	}
	return parts
}

// minutes names the minutes of a part.
func (p *part) minutes() string {
	if p.first == p.last {
		return minuteName(p.first)
	}
	return minuteName(p.first) + " or " + minuteName(p.last) + " or between"
}

func minuteName(minute int64) string {
	return time.Unix(minute*60, 0).UTC().Format("2006-01-02 15:04 UTC")
}

// serverParts returns what each server answered, by name.
func serverParts(arm, control *aggregator.Arm) (parts []part) {
	var names []string
	for _, a := range []*aggregator.Arm{arm, control} {
		for name := range a.Servers {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	for _, name := range names {
		if name == aggregator.Other {
			continue // several
		}
		parts = append(parts, part{excerpt: excerpt{arm.Servers[name], control.Servers[name]}, server: name})
	}
	return parts
}

// sharedServers returns the servers that answered requests of both arms, by name.
func sharedServers(arm, control *aggregator.Arm) (shared []string) {
	for name, sum := range arm.Servers {
		if name != aggregator.Other && sum.Requests > 0 && control.Servers[name].Requests > 0 {
			shared = append(shared, name)
		}
	}
	slices.Sort(shared)
	return shared
}

// excess is what part contributes to U, whole residuals with full weight.
func (e excerpt) excess(part excerpt, pi float64) float64 {
	n := float64(e.arm.Requests) + float64(e.control.Requests)
	rate := (float64(e.arm.Errors5xx) + float64(e.control.Errors5xx)) / n
	u1 := float64(part.arm.Errors5xx) - float64(rate*float64(part.arm.Requests))
	u0 := float64(part.control.Errors5xx) - float64(rate*float64(part.control.Requests))
	return u1 - float64(pi*(u1+u0))
}

// largest returns the part with the most of the excess, and its share; -1 if none
// has more than half. A single part explains nothing.
func (e excerpt) largest(parts []part, pi float64) (index int, share float64) {
	index = -1
	if len(parts) < 2 || e.arm.Requests <= 0 || e.control.Requests <= 0 {
		return index, 0
	}
	excess := e.excess(e, pi)
	if excess == 0 {
		return index, 0
	}
	share = leastConcentration
	all := float64(e.arm.Requests) + float64(e.control.Requests)
	for i := range parts {
		requests := (float64(parts[i].arm.Requests) + float64(parts[i].control.Requests)) / all
		if s := e.excess(parts[i].excerpt, pi) / excess; s > share && s > leastGain*requests {
			index, share = i, s
		}
	}
	return index, share
}

// without returns the ratio of the rates of what is left without a part, and the
// errors that are left of the arm.
func (e excerpt) without(part excerpt) (ratio float64, left int64, ok bool) {
	left = max(0, e.arm.Errors5xx-part.arm.Errors5xx)
	n1 := float64(e.arm.Requests) - float64(part.arm.Requests)
	n0 := float64(e.control.Requests) - float64(part.control.Requests)
	x1 := float64(e.arm.Errors5xx) - float64(part.arm.Errors5xx)
	x0 := float64(e.control.Errors5xx) - float64(part.control.Errors5xx)
	if n1 <= 0 || n0 <= 0 || x0 <= 0 || x1 < 0 {
		return 0, left, false
	}
	return (x1 / n1) / (x0 / n0), left, true
}

func (c Concentration) note() string {
	place := fmt.Sprintf("The server %q", c.Name)
	if c.Kind == "minute" {
		place = "The minute " + c.Name
	}
	text := fmt.Sprintf("%s holds %s of the excess", place, percent(c.Share))
	if !c.Known {
		return fmt.Sprintf("%s; without it %d errors are left, and none in the control.", text, c.Left)
	}
	return fmt.Sprintf("%s; without it the plain ratio is %s.", text, times(c.Ratio))
}

// joined lists at most a few quoted names.
func joined(names []string) string {
	const most = 3
	quoted := make([]string, 0, most+1)
	for i, name := range names {
		if i == most {
			quoted = append(quoted, fmt.Sprintf("%d more", len(names)-most))
			break
		}
		quoted = append(quoted, fmt.Sprintf("%q", name))
	}
	return strings.Join(quoted, ", ")
}
