package experiment

import "github.com/splitgauge/splitgauge/aggregator"

// pair is an arm and the control, as the tests take them.
type pair struct {
	arm, control *aggregator.Arm
	pi           float64 // the arm's configured share of both
}

// leastShare is one hash of nginx's hash space: a share of 0 that clients were
// counted in after all is not as configured, but no reason for infinite figures.
const leastShare = 1.0 / (1 << 32)

// pairShare is the configured share of an arm of itself and the control.
func pairShare(shares []float64, arm, control int) float64 {
	a, c := max(leastShare, shares[arm]), max(leastShare, shares[control])
	return a / (a + c)
}

// present reports whether there is anything that a metric could be of.
func (m *metric) present(x *aggregator.Experiment) bool {
	for _, arm := range x.Arms {
		if m.answered && arm.NoStatus >= arm.Requests-arm.NoKey {
			continue
		}
		for g := range arm.Cells {
			if arm.Cells[g].Requests > 0 && (!m.timed || arm.Cells[g].Timed > 0) {
				return true
			}
		}
	}
	return false
}

// latenciesOf returns the latencies of an arm; nil if there are none.
func latenciesOf(arm *aggregator.Arm) *Latencies {
	if arm.Latencies == nil {
		return nil
	}
	l := &Latencies{
		Lower:  make([]float64, aggregator.LatencyBuckets),
		Upper:  make([]float64, aggregator.LatencyBuckets),
		Groups: make([][]uint32, aggregator.LatencyCells),
	}
	for bucket := range aggregator.LatencyBuckets {
		l.Upper[bucket] = aggregator.LatencyUpper(bucket)
		switch bucket {
		case 0:
		case 1:
			l.Lower[bucket] = 1 // a millisecond: below it there is only 0
		default:
			l.Lower[bucket] = l.Upper[bucket-1]
		}
	}
	for cell := range arm.Latencies {
		l.Groups[cell] = arm.Latencies[cell][:]
	}
	return l
}

// affected tests the clients with server errors, both sets at the larger level.
func (p *pair) affected() Affected {
	level := max(p.arm.Affected.Level(), p.control.Affected.Level())
	return NewAffected(p.arm.Affected.At(level), p.control.Affected.At(level), p.pi)
}

// splitCheckOf checks the distinct clients of all arms.
func splitCheckOf(x *aggregator.Experiment, shares []float64) SplitCheck {
	floored := make([]float64, len(shares))
	counts, levels := make([]int64, len(shares)), make([]int, len(shares))
	total := 0.0
	for i, arm := range x.Arms {
		floored[i] = max(leastShare, shares[i])
		total += floored[i]
		levels[i] = arm.Clients.Level()
		counts[i] = arm.Clients.At(levels[i])
	}
	for i := range floored {
		floored[i] /= total
	}
	return NewSplitCheck(armNames(x), floored, counts, levels)
}
