package main

import (
	"fmt"
	"math"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/bench/simulate/traffic"
	"github.com/splitgauge/splitgauge/experiment"
	"github.com/splitgauge/splitgauge/parser"
	"github.com/splitgauge/splitgauge/splitclients"
)

// The splits by which every site's clients are assigned, each with its own salt.
const (
	threeArms = `split_clients "${cookie_id}three" $three { 0.5% .one; 2% .two; * ""; }`
	halves    = `split_clients "${cookie_id}halves" $halves { 50% .half; * ""; }`
)

// The numbers of the splits, and of the arms of threeArms.
const (
	ofThree, ofHalves = 0, 1
	one, two          = 0, 1
	half              = 0
)

func splits() ([]*splitclients.Split, error) {
	var parsed []*splitclients.Split
	for _, text := range []string{threeArms, halves} {
		split, err := splitclients.Parse(text, splitclients.RuleNewest)
		if err != nil {
			return nil, fmt.Errorf("cannot read %q: %w", text, err)
		}
		parsed = append(parsed, split)
	}
	return parsed, nil
}

// observer counts traffic as the agent does, and looks.
type observer struct {
	splits   []*splitclients.Split
	config   aggregator.Config
	shard    *aggregator.Shard
	comparer experiment.Comparer
	options  []experiment.Options // of each split
}

func newObserver(options experiment.Options) (*observer, error) {
	parsed, err := splits()
	if err != nil {
		return nil, err
	}
	o := &observer{splits: parsed}
	for _, split := range parsed {
		config := aggregator.ExperimentConfig{Name: split.Variable, Definition: split.Variable, Slow: 1000}
		for _, share := range split.Table.Shares() {
			config.Arms = append(config.Arms, share.Value)
		}
		o.config.Experiments = append(o.config.Experiments, config)
	}
	o.reset()
	for i, split := range parsed {
		options.Shares = experiment.Shares(&split.Table, o.shard.ViewExperiment(i).Arms)
		o.options = append(o.options, options)
	}
	return o, nil
}

// reset forgets everything.
func (o *observer) reset() { o.shard = aggregator.NewShard(o.config) }

// add counts a request in one split's experiment.
func (o *observer) add(split int, c *traffic.Client, e *parser.Entry) {
	o.shard.AddToArm(split, c.Arms[split], c.Keys[split][:], e)
}

// look compares.
func (o *observer) look(split int) (*experiment.Result, error) {
	return o.comparer.Compare(o.shard.ViewExperiment(split), o.options[split])
}

// naiveZ is the test that takes requests for independent: what is compared with.
func naiveZ(m *experiment.Metric, arm, control int64) float64 {
	n1, n0 := float64(arm), float64(control)
	rate := (m.Value*n1 + m.Control*n0) / (n1 + n0)
	if rate <= 0 || rate >= 1 {
		return 0
	}
	return (m.Value - m.Control) / math.Sqrt(rate*(1-rate)*(1/n1+1/n0))
}

// single is the ln evidence that a verdict takes at 5 % for one test alone.
var single = math.Log(1 / 0.05)

// fires reports whether a metric would have a verdict with all of 5 % for itself.
func fires(m *experiment.Metric) bool {
	return !m.Verdict.Refusal() && m.LnEvidence >= single && (m.Affected == nil || m.Affected.Enough)
}
