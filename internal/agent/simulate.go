package agent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/internal/report"
	"github.com/splitgauge/splitgauge/parser"
	"github.com/splitgauge/splitgauge/splitclients"
)

// Simulation is how a split would have divided the requests of a log, whatever
// variants they had.
type Simulation struct {
	// Report says what was read: lines, inputs and failures. Its requests are
	// not counted.
	Report *report.Report

	// Variants are the values that the split can give, in the order of its
	// parts.
	Variants []SimulatedVariant

	Requests int64 // that got a variant

	// NotLogged counts requests that got none, because the line lacks a
	// variable of the key.
	NotLogged int64

	// EmptyKey counts requests none of whose variables of the key had a value:
	// they all have one key, and so one variant.
	EmptyKey int64

	// Clients is how many distinct $remote_addr the requests came from that got
	// a variant. It is exact unless Estimated; then so are those of Variants.
	Clients   int64
	Estimated bool

	// SeveralVariants is how many clients got more than one variant; Absent
	// where Estimated.
	SeveralVariants int64
}

// SimulatedVariant is what one value of a split would have got.
type SimulatedVariant struct {
	splitclients.Share
	Requests int64
	Clients  int64 // those that got others too included
}

// MaxSimulatedVariants is how many variants a split may have to be simulated:
// no more than a report shows.
const MaxSimulatedVariants = aggregator.MaxVariants

// simulation is one run of Simulate: what its workers share.
type simulation struct {
	split   *splitclients.Split
	shares  []splitclients.Share // of the values that keys can get
	index   []int                // into shares, by part
	rest    int                  // into shares, of keys of no part; -1 if there are none
	names   [][]byte             // of the values in sketches: numbers, which need no escapes
	clients *clientSet

	mu         sync.Mutex
	simulators []*simulator
}

func newSimulation(split *splitclients.Split, limit int64) (*simulation, error) {
	if split == nil {
		return nil, errors.New("no split to simulate")
	}
	s := &simulation{split: split, rest: -1, clients: newClientSet(limit)}
	position := make(map[string]int)
	for _, share := range split.Table.Shares() {
		if share.Hashes > 0 {
			position[share.Value] = len(s.shares)
			s.names = append(s.names, strconv.AppendInt(nil, int64(len(s.shares)), 10))
			s.shares = append(s.shares, share)
		}
	}
	if n := len(s.shares); n > MaxSimulatedVariants {
		return nil, fmt.Errorf("cannot simulate a split of %d variants: want at most %d", n, MaxSimulatedVariants)
	}
	for _, part := range split.Table.Parts() {
		s.index = append(s.index, position[part.Value]) // 0 for parts that no key reaches
	}
	if i, ok := position[""]; ok {
		s.rest = i
	}
	return s, nil
}

// simulator is what one worker counts.
type simulator struct {
	*simulation
	requests  []int64 // by index into shares
	notLogged int64
	emptyKey  int64
	shard     *aggregator.Shard // for its sketches of clients, by variant

	assigner *splitAssigner
	noKey    []byte // the key of a request without any of the key's variables
	entry    parser.Entry
}

func (s *simulation) newSimulator() *simulator {
	names := make([]string, len(s.names))
	for i, name := range s.names {
		names[i] = string(name)
	}
	w := &simulator{
		simulation: s,
		requests:   make([]int64, len(s.shares)),
		shard:      aggregator.NewShard(aggregator.Config{Variants: names}),
		assigner:   &newAssigner(newSplitSet([]*splitclients.Split{s.split}, "", ""), nil).splits[0],
	}
	w.noKey = w.assigner.emptyKey()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.simulators = append(s.simulators, w)
	return w
}

// add counts a request under the variant that the split gives it.
func (w *simulator) add(e *parser.Entry) {
	if !w.assigner.makeKey(e) {
		w.notLogged++
		return
	}
	if bytes.Equal(w.assigner.key, w.noKey) {
		w.emptyKey++
	}
	variant := w.rest
	if part := w.split.Table.Index(w.assigner.key); part != splitclients.NoPart {
		variant = w.index[part]
	}
	w.requests[variant]++
	if e.RemoteAddr != nil {
		w.clients.add(e.RemoteAddr, variant)
		w.entry = parser.Entry{
			Time: parser.NoTime, Status: parser.Absent, BytesSent: parser.Absent, RequestTime: parser.Absent,
			RemoteAddr: e.RemoteAddr, Variant: w.names[variant], HasVariant: true,
		}
		w.shard.Add(&w.entry)
	}
}

// result puts together what the workers counted.
func (s *simulation) result(r *report.Report) *Simulation {
	result := &Simulation{Report: r, Variants: make([]SimulatedVariant, len(s.shares))}
	for i, share := range s.shares {
		result.Variants[i].Share = share
	}
	sketches := aggregator.NewSnapshot()
	for _, w := range s.simulators {
		result.NotLogged += w.notLogged
		result.EmptyKey += w.emptyKey
		for i, n := range w.requests {
			result.Variants[i].Requests += n
			result.Requests += n
		}
		sketches.Merge(w.shard.Snapshot())
	}
	counts := s.clients.counts(len(s.shares))
	result.Clients, result.SeveralVariants, result.Estimated = counts.total, counts.several, !counts.exact
	for i := range result.Variants {
		result.Variants[i].Clients = counts.variant[i]
	}
	if result.Estimated {
		s.estimateClients(result, sketches)
	}
	return result
}

// estimateClients takes the numbers of clients from sketches.
func (s *simulation) estimateClients(result *Simulation, sketches *aggregator.Snapshot) {
	all := aggregator.NewClients()
	for i, name := range s.names {
		if row, ok := sketches.Variants[string(name)]; ok {
			result.Variants[i].Clients = row.Clients.Estimate()
			all.Merge(row.Clients)
		}
	}
	result.Clients, result.SeveralVariants = all.Estimate(), parser.Absent
}

// Simulate reads archives as Replay does and says how a split would have divided
// their requests: config.Split, which the configuration must have. It fails
// where Replay fails, and for splits of more than MaxSimulatedVariants.
func Simulate(ctx context.Context, config ReplayConfig) (*Simulation, error) {
	return simulate(ctx, config, exactClients)
}

// simulate is Simulate with another limit for clients that are counted one by one.
func simulate(ctx context.Context, config ReplayConfig, limit int64) (*Simulation, error) {
	s, err := newSimulation(config.Split, limit)
	if err != nil {
		return nil, err
	}
	config.observer = func() func(*parser.Entry) { return s.newSimulator().add }
	r, err := Replay(ctx, config)
	if r == nil {
		return nil, err
	}
	return s.result(r), err
}
