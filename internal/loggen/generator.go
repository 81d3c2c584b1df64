package loggen

import (
	"io"
	"time"
)

// Generator writes the lines of one log.
type Generator struct {
	format  Format
	left    int    // lines that WriteTo has not written yet
	bad     uint64 // of 2^32 lines
	absent  string // what stands for a variable that is not set
	gap     int64  // nanoseconds between two lines, on average
	clock   int64  // Unix nanoseconds
	random  *random
	clients *clients
	worse   string // variant, or empty
	targets []compiledTarget

	popularity, users, hosts, agents, referers, protocols, servers, caches *sampler
	reading, modifying, static, served, outcomes                           *sampler

	oddMethods, oddPaths []int // by index into oddRequests

	// The values of variables as they are logged.
	userTexts, agentTexts, refererTexts, cacheTexts []string

	stamp        stamp
	record       record
	requestStart int // where in the line the request line starts

	truth *Truth
}

// compiledTarget is a kind of target, ready to be written.
type compiledTarget struct {
	target
	pieces []piece
	path   int // index into the truth's list of path templates
}

// New returns a generator that has not written anything yet.
func New(config Config) (*Generator, error) {
	config = config.withDefaults()
	if err := config.check(); err != nil {
		return nil, err
	}
	split, err := config.parseSplit()
	if err != nil {
		return nil, err
	}
	g := &Generator{
		format:  config.Format,
		left:    config.Lines,
		bad:     uint64(config.Bad * (1 << 32)),
		absent:  "-",
		gap:     int64(time.Millisecond),
		clock:   config.Start.UnixNano(),
		random:  newRandom(config.Seed),
		clients: newClients(config.Clients, config.Seed, split),
		worse:   config.Worse,

		users:     newSampler(userWeights[:]...),
		hosts:     newZipf(len(hosts)),
		agents:    newZipf(len(userAgents)),
		referers:  newZipf(len(referers)),
		protocols: newZipf(len(protocols)),
		servers:   newZipf(len(servers)),
		caches:    newZipf(len(cacheStatuses)),
		reading:   newSampler(readingMethods[:]...),
		modifying: newSampler(modifyingMethods[:]...),
		static:    newSampler(weights(staticCodes[:])...),
		served:    newSampler(weights(servedCodes[:])...),
		outcomes:  newSampler(outcomes[:]...),

		stamp: newStamp(config.Start, config.Format),
	}
	if g.format == JSON {
		g.absent = ""
	}
	if config.Lines > 0 {
		g.gap = int64(config.Duration) / int64(config.Lines)
	}
	g.truth = newTruth(g.format, g.clients)
	for _, t := range targets() {
		g.targets = append(g.targets, compiledTarget{t, compile(t.pattern, g.format), g.truth.paths.index(t.template)})
	}
	g.popularity = newZipf(len(g.targets))
	for _, m := range methods {
		g.truth.methodOf = append(g.truth.methodOf, g.truth.methods.index(m.name))
	}
	for _, odd := range oddRequests {
		g.truth.methodOf = append(g.truth.methodOf, g.truth.methods.index(odd.method))
		g.oddMethods = append(g.oddMethods, len(g.truth.methodOf)-1)
		g.oddPaths = append(g.oddPaths, g.truth.paths.index(odd.path))
	}
	g.userTexts = g.texts(users[:])
	g.agentTexts = g.texts(userAgents[:])
	g.refererTexts = g.texts(referers[:])
	g.cacheTexts = g.texts(cacheStatuses[:])
	return g, nil
}

// texts returns values as they are logged.
func (g *Generator) texts(values []string) []string {
	list := make([]string, len(values))
	for i, value := range values {
		if list[i] = g.absent; value != "" {
			list[i] = string(appendEscaped(nil, g.format, value))
		}
	}
	return list
}

// Line appends the next line, with its newline, and adds it to the truth. It
// may be called more often than Config.Lines says.
func (g *Generator) Line(dst []byte) []byte {
	start := len(dst)
	if g.bad > 0 && g.random.Uint64()>>32 < g.bad {
		dst = g.badLine(dst)
	} else {
		g.fill(&g.record)
		dst = g.write(dst, &g.record)
		g.truth.parsed++
		g.truth.add(&g.record)
	}
	dst = append(dst, '\n')
	g.truth.bytes += int64(len(dst) - start)
	if g.left > 0 {
		g.left--
	}
	return dst
}

// WriteTo writes what is left of Config.Lines lines. It returns the number of
// bytes written and w's error.
func (g *Generator) WriteTo(w io.Writer) (n int64, err error) {
	const flushAt, room = 256 << 10, 4 << 10
	buffer := make([]byte, 0, flushAt+room)
	for g.left > 0 && err == nil {
		buffer = buffer[:0]
		for g.left > 0 && len(buffer) < flushAt {
			buffer = g.Line(buffer)
		}
		var written int
		written, err = w.Write(buffer)
		n += int64(written)
	}
	return n, err
}

// Truth returns what a perfect reader would know of the lines written so far.
// It grows with every line.
func (g *Generator) Truth() *Truth { return g.truth }
