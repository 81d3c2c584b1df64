package aggregator

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/splitgauge/splitgauge/parser"
)

// Bounds of experiments. They are part of the snapshot's version.
const (
	MaxExperiments = 4
	MaxArms        = 8

	// ExperimentCells is how many groups the clients of an arm are put into, by
	// their hash. All inference is over these groups.
	ExperimentCells = 4096

	// MaxCellLatency is what a request time counts for at most in a cell's sum,
	// in milliseconds, so that one request that hung does not decide a mean.
	MaxCellLatency = 10_000

	maxArmClients  = 1 << 14 // kept of an arm's distinct clients
	maxArmAffected = 1 << 12 // of those with a server error
)

// ExperimentConfig declares an experiment: a split whose arms are compared.
type ExperimentConfig struct {
	Name string // the variable that the split sets

	// Definition says in full what the split is: its key, its percentages and
	// values, the rule for boundaries. Another definition begins a new epoch.
	Definition string

	Arms []string // the values that it can give, without repetition; at most MaxArms
	Slow int64    // milliseconds; a request that takes longer is slow

	// Settle is for how long after a change requests may still be assigned by the
	// definition before, in milliseconds: they are not counted.
	Settle int64
}

// Experiment is what is known of an experiment in one epoch: as long as its
// split is defined in the same way. All of it is a function of the requests,
// whatever their order, and merges exactly.
type Experiment struct {
	Definition string
	Slow       int64 // milliseconds

	// Changed is when this definition took the place of another one, Unix
	// milliseconds; parser.NoTime where that was not seen.
	Changed int64

	// Settles is from which event time on requests are counted, Unix milliseconds;
	// parser.NoTime without a change. Settling are those left out before it.
	Settles  int64
	Settling int64

	// First and Last are the smallest and the largest event time of its requests,
	// Unix milliseconds, or parser.NoTime.
	First, Last int64

	// Lines are those read in this epoch, whether or not they are requests, of the
	// logs that its requests are in; Unparsed those of them that could not be parsed,
	// Partial those of which a part could not.
	Lines, Unparsed, Partial int64

	Unknown int64   // requests with a value that the split cannot give
	Outside Excerpt // requests that have neither the value nor what the key is made of
	IPv6    int64   // requests of a key with an IPv6 address in it
	Arms    []*Arm  // as configured
}

// Arm is what is known of the requests that got one value of a split.
type Arm struct {
	Name string

	Requests int64 // all, those without a key too
	NoKey    int64 // lack a variable of the key: they are in no cell
	NoStatus int64
	NoTime   int64 // lack a request time, though not an upgrade (101), which has none
	NoBytes  int64 // lack the bytes sent

	// Keyless are requests whose key has no value in the log: all of them count as
	// those of one client, whoever they are of.
	Keyless Excerpt

	// Of the requests whose value is logged and can be computed: how many are
	// logged in this arm, how many of them belong in another one, and how many
	// belong here and are logged elsewhere.
	Checked, WrongIn, WrongOut int64

	// Cells are ExperimentCells rows by the low bits of the client's hash;
	// Latencies the request times by its high bits; both nil while empty.
	Cells     []Cell
	Latencies *CoarseLatencies

	Clients, Affected ClientSet // distinct, and those of them with a server error

	Minutes []Minute           // MinuteSlots slots; nil while empty
	Servers map[string]Excerpt // by the server that answered last
}

// Cell counts the requests of a group of clients, in a row of 64 bytes.
type Cell struct {
	Requests   int64
	Errors5xx  int64
	Errors4xx  int64 // without 499
	Aborted499 int64
	Slow       int64
	Latency    int64 // milliseconds, each request at most MaxCellLatency
	Bytes      int64 // sent
	Timed      int64 // requests with a request time: those that Slow and Latency are of
}

// Excerpt is a part of an arm's requests, to find what explains a difference.
type Excerpt struct{ Requests, Errors5xx int64 }

func newExperiment(config ExperimentConfig, changed int64) *Experiment {
	x := &Experiment{
		Definition: config.Definition, Slow: config.Slow, Changed: changed,
		Settles: parser.NoTime, First: parser.NoTime, Last: parser.NoTime,
	}
	if changed != parser.NoTime {
		x.Settles = changed + max(0, config.Settle)
	}
	for _, name := range config.Arms {
		x.Arms = append(x.Arms, newArm(name))
	}
	return x
}

func newArm(name string) *Arm {
	return &Arm{
		Name:     name,
		Clients:  newClientSet(maxArmClients),
		Affected: newClientSet(maxArmAffected),
		Servers:  make(map[string]Excerpt),
	}
}

// fits reports whether x is an epoch of what config declares.
func (x *Experiment) fits(config ExperimentConfig) bool {
	return x.Definition == config.Definition && x.Slow == config.Slow &&
		slices.EqualFunc(x.Arms, config.Arms, func(a *Arm, name string) bool { return a.Name == name })
}

// newer reports whether x is of a later epoch than other. Which of two is, is
// the same on every instance.
func (x *Experiment) newer(other *Experiment) bool {
	if x.Changed != other.Changed {
		return x.Changed > other.Changed
	}
	if x.Definition != other.Definition {
		return x.Definition > other.Definition
	}
	return x.Slow > other.Slow
}

// sameEpoch reports whether x and other may be added.
func (x *Experiment) sameEpoch(other *Experiment) bool {
	return x.Definition == other.Definition && x.Slow == other.Slow &&
		slices.EqualFunc(x.Arms, other.Arms, func(a, b *Arm) bool { return a.Name == b.Name })
}

// Merge adds what other counted, which must be of the same epoch.
func (x *Experiment) Merge(other *Experiment) {
	x.Changed = max(x.Changed, other.Changed)
	if other.First != parser.NoTime && (x.First == parser.NoTime || other.First < x.First) {
		x.First = other.First
	}
	x.Last = max(x.Last, other.Last)
	x.Settles = max(x.Settles, other.Settles)
	x.Settling += other.Settling
	x.Lines += other.Lines
	x.Unparsed += other.Unparsed
	x.Partial += other.Partial
	x.Unknown += other.Unknown
	x.Outside.add(other.Outside)
	x.IPv6 += other.IPv6
	for i, arm := range other.Arms {
		x.Arms[i].merge(arm)
	}
}

// Clone returns an equal experiment that shares nothing with x.
func (x *Experiment) Clone() *Experiment {
	clone := *x
	clone.Arms = make([]*Arm, len(x.Arms))
	for i, arm := range x.Arms {
		clone.Arms[i] = arm.clone()
	}
	return &clone
}

func (a *Arm) clone() *Arm {
	clone := *a
	clone.Cells = slices.Clone(a.Cells)
	clone.Minutes = slices.Clone(a.Minutes)
	clone.Latencies = a.Latencies.clone()
	clone.Clients, clone.Affected = a.Clients.Clone(), a.Affected.Clone()
	clone.Servers = maps.Clone(a.Servers)
	return &clone
}

func (a *Arm) merge(other *Arm) {
	a.Requests += other.Requests
	a.NoKey += other.NoKey
	a.NoStatus += other.NoStatus
	a.NoTime += other.NoTime
	a.NoBytes += other.NoBytes
	a.Checked += other.Checked
	a.WrongIn += other.WrongIn
	a.WrongOut += other.WrongOut
	a.Keyless.add(other.Keyless)
	if other.Cells != nil {
		a.makeCells()
		for i := range other.Cells {
			a.Cells[i].merge(&other.Cells[i])
		}
	}
	if other.Latencies != nil {
		a.makeLatencies()
		a.Latencies.merge(other.Latencies)
	}
	a.Clients.Merge(&other.Clients)
	a.Affected.Merge(&other.Affected)
	if other.Minutes != nil {
		a.makeMinutes()
		for i := range other.Minutes {
			a.Minutes[i].merge(&other.Minutes[i])
		}
	}
	for _, server := range busiestFirst(other.Servers) {
		a.addServer(server, other.Servers[server])
	}
}

// busiestFirst returns servers in an order that does not depend on chance: where
// there is no room for all, those with most requests get in.
func busiestFirst(servers map[string]Excerpt) []string {
	return slices.SortedFunc(maps.Keys(servers), func(a, b string) int {
		return cmp.Or(cmp.Compare(servers[b].Requests, servers[a].Requests), strings.Compare(a, b))
	})
}

func (c *Cell) merge(other *Cell) {
	c.Requests += other.Requests
	c.Errors5xx += other.Errors5xx
	c.Errors4xx += other.Errors4xx
	c.Aborted499 += other.Aborted499
	c.Slow += other.Slow
	c.Latency += other.Latency
	c.Bytes += other.Bytes
	c.Timed += other.Timed
}

// addServer adds to the excerpt of a server; past the bound, to that of Other.
func (a *Arm) addServer(server string, more Excerpt) {
	if _, ok := a.Servers[server]; !ok && len(a.Servers) >= MaxServers {
		server = Other
	}
	sum := a.Servers[server]
	sum.add(more)
	a.Servers[server] = sum
}

func (e *Excerpt) add(more Excerpt) {
	e.Requests += more.Requests
	e.Errors5xx += more.Errors5xx
}

func (a *Arm) makeCells() {
	if a.Cells == nil {
		a.Cells = make([]Cell, ExperimentCells)
	}
}

func (a *Arm) makeLatencies() {
	if a.Latencies == nil {
		a.Latencies = new(CoarseLatencies)
	}
}

func (a *Arm) makeMinutes() {
	if a.Minutes == nil {
		a.Minutes = make([]Minute, MinuteSlots)
	}
}

// mergeExperiments adds more to those there, without keeping them. Of two epochs
// of one experiment the later one stays: what was counted of the other is of
// another split.
func mergeExperiments(there, more map[string]*Experiment) {
	for _, name := range slices.Sorted(maps.Keys(more)) {
		known, x := there[name], more[name]
		switch {
		case known == nil:
			if len(there) < MaxExperiments {
				there[name] = x.Clone()
			}
		case known.sameEpoch(x):
			known.Merge(x)
		case x.newer(known):
			there[name] = x.Clone()
		}
	}
}
