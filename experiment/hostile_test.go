package experiment

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/parser"
)

// numbers reads integers from bytes of a fuzzer: each the next eight, cut by a byte
// before them, so that small and huge ones are about as frequent.
type numbers []byte

func (n *numbers) next() int64 {
	var word [9]byte
	*n = (*n)[copy(word[:], *n):]
	return int64(binary.LittleEndian.Uint64(word[1:]) >> (word[0] % 64))
}

// signed is next, and sometimes what no log gives.
func (n *numbers) signed() int64 {
	switch v := n.next(); v % 16 {
	case 7:
		return -v
	case 8:
		return math.MaxInt64
	default:
		return v
	}
}

// hostileExperiment makes a state that may be quite impossible: more errors than
// requests, counts below 0, sums that overflow.
func hostileExperiment(n *numbers, arms, cells int) *aggregator.Experiment {
	x := &aggregator.Experiment{Slow: 1000, Changed: n.signed(), First: n.signed(), Last: n.signed(), Unknown: n.signed()}
	if n.next()%2 == 0 {
		x.Changed = parser.NoTime
	}
	shard := aggregator.NewShard(aggregator.Config{Experiments: []aggregator.ExperimentConfig{{Name: "x", Arms: make([]string, arms)}}})
	for i := range arms {
		for client := range byte(n.next() % 200) {
			e := parser.Entry{Status: 200 + 300*int(client%2), Time: parser.NoTime}
			shard.AddToArm(0, i, []byte{byte(i), client}, &e)
		}
	}
	for i, a := range shard.Experiments()["x"].Arms {
		a.Name = string([]byte{byte('a' + i), 0xff, '"'})
		a.Requests, a.NoKey, a.NoStatus, a.NoTime = n.signed(), n.signed(), n.signed(), n.signed()
		a.Checked, a.WrongIn, a.WrongOut = n.signed(), n.signed(), n.signed()
		a.Cells, a.Latencies, a.Minutes = nil, nil, nil
		if cells > 0 {
			hostileArm(n, a, cells)
		}
		x.Arms = append(x.Arms, a)
	}
	return x
}

func hostileArm(n *numbers, a *aggregator.Arm, cells int) {
	a.Cells = make([]aggregator.Cell, aggregator.ExperimentCells)
	a.Latencies = new(aggregator.CoarseLatencies)
	a.Minutes = make([]aggregator.Minute, aggregator.MinuteSlots)
	a.Servers = map[string]aggregator.Excerpt{"s\x00": {Requests: n.signed(), Errors5xx: n.signed()}, "": {Requests: n.signed()}}
	pattern := make([]int64, 16)
	for i := range pattern {
		pattern[i] = n.signed()
	}
	for g := range cells {
		at := func(i int) int64 { return pattern[(g*7+i)%len(pattern)] }
		a.Cells[g] = aggregator.Cell{Requests: at(0), Errors5xx: at(1), Errors4xx: at(2), Aborted499: at(3), Slow: at(4), Latency: at(5), Bytes: at(6), Timed: at(7)}
		a.Latencies[g%aggregator.LatencyCells][uint64(at(8))%aggregator.LatencyBuckets] = uint32(at(9))
		a.Minutes[g] = aggregator.Minute{First: at(10), Last: at(11), Excerpt: aggregator.Excerpt{Requests: at(12), Errors5xx: at(13)}}
	}
}

// FuzzCompare: whatever the state, there is a result without NaN, or an error about
// the options.
func FuzzCompare(f *testing.F) {
	f.Add([]byte{}, uint8(2), uint16(0), 0.5, 0.0, int64(0))
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}, uint8(3), uint16(4096), 0.005, 1.2, int64(11))
	f.Add([]byte("\x3f\xff\xff\xff\xff\xff\xff\xff\xff\x01\xff\xff\xff\xff\xff\xff\xff\xff"), uint8(8), uint16(30), 1e-300, 1e3, int64(math.MaxInt64))
	f.Add([]byte("\x00\xff\xff\xff\xff\xff\xff\xff\x7f\x02\x08\x00\x00\x00\x00\x00\x00\x00"), uint8(2), uint16(1), 1.0, 0.0, int64(-5))
	f.Fuzz(func(t *testing.T, data []byte, arms uint8, cells uint16, share, margin float64, unparsed int64) {
		n := numbers(data)
		count := 2 + int(arms)%(aggregator.MaxArms-1)
		x := hostileExperiment(&n, count, int(cells)%(aggregator.ExperimentCells+1))
		o := Options{Shares: make([]float64, count), Margin: margin}
		x.Lines, x.Unparsed, x.Settles = 100, unparsed, unparsed
		left := 1.0
		for i := range o.Shares {
			o.Shares[i] = left * share
			left -= o.Shares[i]
		}
		r, err := Compare(x, o)
		if err != nil {
			if share >= 0 && share <= 1 && (margin == 0 || margin > 1 && margin <= mostRatio) {
				t.Fatal(err)
			}
			return
		}
		checkResult(t, r)
	})
}

// TestTestsAreNeverNaN: each test alone on the edges of what it may be given.
func TestTestsAreNeverNaN(t *testing.T) {
	edges := []int64{0, 1, 2, 1000, math.MaxInt64}
	shares := []float64{0, 1e-300, 1e-9, 0.005, 0.5, 1 - 1e-16, 1, math.NaN()}
	number := func(what string, figures ...float64) {
		t.Helper()
		for _, figure := range figures {
			if math.IsNaN(figure) {
				t.Errorf("%s is %v", what, figures)
			}
		}
	}
	for _, a := range edges {
		for _, b := range edges {
			for _, pi := range shares {
				number("affected", NewAffected(a, b, pi).LnEvidence)
				arm, control := Sums{[]int64{a, b}, []int64{b, a}}, Sums{[]int64{b, b}, []int64{a, 0}}
				score, _ := NewScore(arm, control, pi)
				number("score", score.Z, score.StandardError, score.Excess, score.ReducedShare)
				ratio := NewRatio(arm, control, pi, testThreshold)
				number("ratio", ratio.Estimate, ratio.Low, ratio.High, ratio.Plain, ratio.Uncapped)
				number("placebo", Placebo(arm, control, pi, testThreshold))
				traffic := NewTrafficShare(arm.N, control.N, pi, testThreshold)
				number("traffic", traffic.Z, traffic.LnEvidence, traffic.Observed)
				if pi >= 0 && pi <= 1 {
					number("split", LnMeanSplitEvidence([]int64{a, b}, []float64{pi, 1 - pi}), DetectableLoss(a, pi))
				}
			}
		}
	}
}
