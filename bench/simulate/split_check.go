package main

import (
	"fmt"
	"math"

	"github.com/splitgauge/splitgauge/bench/simulate/traffic"
	"github.com/splitgauge/splitgauge/experiment"
	"github.com/splitgauge/splitgauge/parser"
)

// splitCheck has new clients come, some of whom are missing from the log, and looks
// whether the split is refused.
type splitCheck struct {
	*observer
	row     *row
	arrival *traffic.Newcomers
}

func startSplitCheck(r *row) (worker, error) {
	o, err := newObserver(experiment.Options{Metrics: tested, Detail: experiment.VerdictDetail})
	if err != nil {
		return nil, err
	}
	return &splitCheck{o, r, traffic.NewNewcomers(o.splits...)}, nil
}

func (w *splitCheck) run(seed uint64) (found outcome, err error) {
	w.reset()
	w.arrival.Reset(seed)
	splits := []int{ofThree}
	if w.row.loss == 0 {
		splits = []int{ofThree, ofHalves}
	}
	came := 0
	for look := range w.row.site.Looks {
		for ; came < w.row.clientsAt(look); came++ {
			c, chance := w.arrival.Next()
			for _, split := range splits {
				if split == ofThree && c.Arms[split] == one && chance < w.row.loss {
					continue
				}
				w.add(split, c, &parser.Entry{Status: 200, Time: traffic.StartTime, RequestTime: 100})
			}
		}
		for _, split := range splits {
			r, err := w.look(split)
			if err != nil {
				return found, err
			}
			found.split[split] = found.split[split] || r.Verdict == experiment.SplitNotAsConfigured
			found.last[split] = r.Verdict
		}
		if w.row.loss > 0 && found.split[ofThree] {
			break
		}
	}
	return found, nil
}

// clientsAt is how many clients have come by a look: evenly where some are to be
// missed, else ever more, from a hundred on.
func (r *row) clientsAt(look int) int {
	part := float64(look+1) / float64(r.site.Looks)
	if r.loss > 0 {
		return int(math.Round(float64(r.site.Clients) * part))
	}
	return int(math.Round(100 * math.Pow(float64(r.site.Clients)/100, part)))
}

// mostRefused is the promised rate of splits refused though they are as configured.
const mostRefused = 0.005

func countSplitCheck(r *row, outcomes []outcome) (sum result) {
	for split, name := range []string{"0.5 % and 2 %", "50 %"} {
		if r.loss > 0 && split != ofThree {
			continue
		}
		n := countOf(outcomes, func(o *outcome) bool { return o.split[split] })
		last := countOf(outcomes, func(o *outcome) bool { return o.last[split] == experiment.SplitNotAsConfigured })
		wanted := fmt.Sprintf("≥ %.0f %%", 100*r.aim)
		if r.loss == 0 {
			wanted = fmt.Sprintf("≤ %.1f %%", 100*mostRefused)
			if n.above(mostRefused) {
				sum.miss("%s, split of %s: refused in %s, at most %.1f %% are wanted", r.name, name, n, 100*mostRefused)
			}
		} else if n.below(r.aim) {
			sum.miss("%s: refused in %s, at least %.0f %% are wanted", r.name, n, 100*r.aim)
		}
		sum.Lines += fmt.Sprintf("| %s | %s | %d | %s | %s | %s |\n", first(split, r.name), name, r.site.Looks, wanted, n, percent(last.share()))
	}
	return sum
}
