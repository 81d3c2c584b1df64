package aggregator

import (
	"bytes"
	"math"

	"github.com/splitgauge/splitgauge/parser"
)

// Config says what a shard counts beyond what it always does.
type Config struct {
	Hosts bool // by $host
	Paths bool // by path template

	// Windows counts distinct clients in windows of time too, which takes up to
	// 6 sketches of 16 KiB for each variant.
	Windows bool

	// Variants and Servers are names that are known beforehand, from nginx's
	// configuration: they hold a slot whatever comes first.
	Variants, Servers []string

	// Experiments are those that the entries given to AddToArm belong to; at most
	// MaxExperiments. Each takes about 0.8 MB for each arm that has requests.
	Experiments []ExperimentConfig

	// ExperimentsAlone leaves out all else but lines, times and assignments.
	ExperimentsAlone bool
}

// Shard is the aggregate that one goroutine fills: plain memory, no lock.
type Shard struct {
	config Config

	lines       Lines
	first, last int64 // event time; first is MaxInt64 while there is none

	requests *counters // by requestKey
	statuses statuses

	variants       *names
	variantTraffic [MaxVariants + 1]*variantTraffic // by number
	lastVariant    lastVariant
	hasVariants    bool

	hosts       *names
	hostTraffic [MaxHosts + 1]*traffic

	paths       *names
	pathTraffic []*traffic // by number, grown on demand
	targets     *targets

	servers         *names
	serverAttempts  [MaxServers + 1]*attempts
	variantAttempts *counters // by variant and server number

	retried, redirected, noUpstream, noLiveUpstream int64

	timeline    timeline
	assignments map[string]*Assignment
	experiments []*shardExperiment // as in config
	lastServer  int                // number of the last server of the last request; -1: none
	overflow    Overflow

	now int64 // Unix milliseconds; see SetNow

	plainText, templateText []byte // reused by text and template
}

// variantTraffic is what is counted of a variant.
type variantTraffic struct {
	traffic
	clients *Clients
	windows *shardWindows // nil until there is one
}

// NewShard returns an empty shard.
func NewShard(config Config) *Shard {
	s := &Shard{
		config:          config,
		lines:           Lines{Reasons: make(map[string]int64)},
		first:           math.MaxInt64,
		last:            parser.NoTime,
		requests:        newCounters(),
		variants:        newNames(MaxVariants),
		lastVariant:     lastVariant{number: -1},
		hosts:           newNames(MaxHosts),
		paths:           newNames(MaxPaths),
		targets:         newTargets(),
		servers:         newNames(MaxServers),
		variantAttempts: newCounters(),
		timeline:        newTimeline(),
		assignments:     make(map[string]*Assignment),
		lastServer:      -1,
		now:             noClock,
	}
	s.config.Experiments = s.config.Experiments[:min(MaxExperiments, len(s.config.Experiments))]
	for _, experiment := range s.config.Experiments {
		s.experiments = append(s.experiments, newShardExperiment(experiment, parser.NoTime))
	}
	for _, name := range config.Variants {
		s.variants.number([]byte(name))
	}
	for _, name := range config.Servers {
		s.servers.number([]byte(name))
	}
	return s
}

// AddLine counts a line and, where it was not fully parsed, the reason.
func (s *Shard) AddLine(result parser.Result, reason string) {
	switch result {
	case parser.Parsed:
		s.lines.Parsed++
		return
	case parser.Partial:
		s.lines.Partial++
	default:
		s.lines.Unparsed++
	}
	s.lines.Reasons[reason]++
}

// AddBytes counts bytes read, and how many of them were dropped as holes.
func (s *Shard) AddBytes(read, nul int64) {
	s.lines.Bytes += read
	s.lines.NULBytes += nul
}

// Add counts a request. It keeps nothing of e.
func (s *Shard) Add(e *parser.Entry) {
	if s.config.ExperimentsAlone {
		s.lastServer = s.lastServerOf(e)
		s.addTime(e.Time)
		return
	}
	o := observe(e)
	variant := s.addVariant(e, o)
	host := 0
	if s.config.Hosts {
		host = s.addHost(e, o)
	}
	status := s.statuses.number(e.Status)
	if status == MaxStatuses {
		s.overflow.Status++
	}
	if e.Method == parser.OtherMethod {
		s.overflow.Method++
	}
	s.requests.add(s.requestKey(host, variant, e.Method, status))
	if s.config.Paths && e.HasRequest {
		s.addPath(e, o)
	}
	if e.Time != parser.NoTime {
		s.addTime(e.Time)
		s.timeline.add(e.Time, o)
	}
	s.addUpstream(e, variant)
}

func (s *Shard) addTime(time int64) {
	if time != parser.NoTime {
		s.first, s.last = min(s.first, time), max(s.last, time)
	}
}

// addVariant counts the request under its variant, whose number it returns.
func (s *Shard) addVariant(e *parser.Entry, o observation) int {
	number := s.variantNumber(e)
	row := s.variantRow(number)
	row.add(o)
	if e.RemoteAddr != nil {
		hash := hashClient(e.RemoteAddr)
		row.clients.add(hash)
		if s.config.Windows && e.Time != parser.NoTime {
			s.addWindows(row, e.Time, hash)
		}
	}
	if e.HasVariant {
		s.hasVariants = true
	}
	if number == MaxVariants {
		s.overflow.Variant++
	}
	return number
}

// variantRow returns the row of a variant's number.
func (s *Shard) variantRow(number int) *variantTraffic {
	row := s.variantTraffic[number]
	if row == nil {
		row = &variantTraffic{traffic: traffic{latency: newLatency()}, clients: NewClients()}
		s.variantTraffic[number] = row
	}
	return row
}

// lastVariant is the variant of the last request, which the next mostly shares,
// as it was logged; number is -1 while there is none.
type lastVariant struct {
	text   []byte
	escape parser.Escape
	number int
}

func (s *Shard) variantNumber(e *parser.Entry) int {
	last := &s.lastVariant
	if last.number < 0 || last.escape != e.VariantEscape || !bytes.Equal(last.text, e.Variant) {
		last.number = s.variants.number(s.text(e.Variant, e.VariantEscape))
		last.text, last.escape = append(last.text[:0], e.Variant...), e.VariantEscape
	}
	return last.number
}

func (s *Shard) addHost(e *parser.Entry, o observation) int {
	number := s.hosts.number(s.text(e.Host, e.Escape))
	if s.hostTraffic[number] == nil {
		s.hostTraffic[number] = newTraffic()
	}
	s.hostTraffic[number].add(o)
	if number == MaxHosts {
		s.overflow.Host++
	}
	return number
}

func (s *Shard) addPath(e *parser.Entry, o observation) {
	number := s.pathNumber(e)
	if number == MaxPaths {
		s.overflow.Path++
	}
	if number >= len(s.pathTraffic) {
		s.growPaths(number)
	}
	row := s.pathTraffic[number]
	if row == nil {
		row = newTraffic()
		s.pathTraffic[number] = row
	}
	row.add(o)
}

// growPaths makes room for the row of number; few archives have many paths.
func (s *Shard) growPaths(number int) {
	rows := make([]*traffic, min(MaxPaths+1, max(number+1, 2*len(s.pathTraffic))))
	copy(rows, s.pathTraffic)
	s.pathTraffic = rows
}

// pathNumber returns the number of the path template of a request.
func (s *Shard) pathNumber(e *parser.Entry) int {
	if e.Target == nil {
		return s.paths.number([]byte(unreadablePath))
	}
	if number := s.targets.get(e.Target); number >= 0 {
		return number
	}
	target := s.text(e.Target, e.Escape)
	var path []byte
	path, s.templateText = template(target, s.templateText)
	number := s.paths.number(path)
	if len(path) == len(target) && number < MaxPaths {
		s.targets.put(e.Target, number)
	}
	return number
}

// text returns a field as it was before nginx escaped it, valid until the next
// call.
func (s *Shard) text(field []byte, escape parser.Escape) []byte {
	if bytes.IndexByte(field, '\\') < 0 {
		return field
	}
	s.plainText = parser.AppendUnescaped(s.plainText[:0], field, escape)
	return s.plainText
}
