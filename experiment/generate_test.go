package experiment

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/parser"
	"github.com/splitgauge/splitgauge/splitclients"
)

// A world is traffic as a test has it: clients, whom a real split assigns, with
// uneven activity, and of whom a part fails more often than others.
type world struct {
	split    string
	clients  int
	requests float64 // per client, in the middle
	errors   float64 // per request
	seed     uint64

	// change is what an arm does to a request, on top of what its client does anyway.
	change func(arm string, e *parser.Entry, random *rand.Rand)
	lose   func(arm string, random *rand.Rand) bool // a client whose lines are missing
}

// dropped is the status by which a change says that the line is missing.
const dropped = -2

const testSplit = `split_clients $remote_addr $variant { 2% .two; 10% .ten; * ""; }`

var testStart = int64(1764000000000)

// experiment runs the world through an aggregator. It returns what Compare takes.
func (w world) experiment(t testing.TB) (*aggregator.Experiment, Options) {
	t.Helper()
	if w.split == "" {
		w.split = testSplit
	}
	split, err := splitclients.Parse(w.split, splitclients.RuleNewest)
	if err != nil {
		t.Fatal(err)
	}
	config := aggregator.ExperimentConfig{Name: "variant", Definition: w.split, Slow: 1000}
	for _, share := range split.Table.Shares() {
		config.Arms = append(config.Arms, share.Value)
	}
	shard := aggregator.NewShard(aggregator.Config{Experiments: []aggregator.ExperimentConfig{config}})
	random := rand.New(rand.NewPCG(w.seed, 7))
	for client := range w.clients {
		w.visit(shard, split, config.Arms, fmt.Sprintf("client-%d-%d", w.seed, client), random)
	}
	x := shard.Snapshot().Experiments["variant"]
	x.Lines = 1000
	return x, Options{Shares: Shares(&split.Table, x.Arms)}
}

// visit has a client make its requests.
func (w world) visit(shard *aggregator.Shard, split *splitclients.Split, arms []string, key string, random *rand.Rand) {
	value := split.Table.Variant([]byte(key))
	arm := 0
	for i, name := range arms {
		if name == value {
			arm = i
		}
	}
	n := 1 + int(w.requests*math.Exp(random.NormFloat64()))
	errors := w.errors
	if random.IntN(20) == 0 {
		errors *= 30
	}
	slowness := math.Exp(0.5 * random.NormFloat64())
	lost := w.lose != nil && w.lose(value, random)
	for range n {
		e := parser.Entry{Status: 200, Time: testStart + random.Int64N(3600*1000), BytesSent: random.Int64N(10_000)}
		e.RequestTime = int64(80 * slowness * math.Exp(random.NormFloat64()))
		e.Attempts = []parser.Attempt{{Server: fmt.Appendf(nil, "10.0.0.%d:80", random.IntN(2))}}
		if random.Float64() < errors {
			e.Status = 500
		}
		if w.change != nil {
			w.change(value, &e, random)
		}
		if lost || e.Status == dropped {
			continue
		}
		shard.Add(&e)
		shard.AddToArm(0, arm, []byte(key), &e)
		shard.AddAudit(0, arm, arm, &e)
	}
}

// failing makes an arm fail more often.
func failing(name string, probability float64) func(string, *parser.Entry, *rand.Rand) {
	return func(arm string, e *parser.Entry, random *rand.Rand) {
		if arm == name && random.Float64() < probability {
			e.Status = 502
		}
	}
}

// mustCompare compares, and holds the result against what is true of every one.
func mustCompare(t testing.TB, x *aggregator.Experiment, o Options) *Result {
	t.Helper()
	r, err := Compare(x, o)
	if err != nil {
		t.Fatal(err)
	}
	checkResult(t, r)
	return r
}
