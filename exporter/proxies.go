package exporter

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// Proxies is what is published of the TCP proxies: counts since the process
// began, or since a reload brought the listener or the server. Series begin at 0
// where their values are there: rules, reasons, outcomes and servers of which
// nothing has been counted yet belong into it too. No listener may be there twice.
type Proxies struct {
	Started    time.Time
	Listeners  []ProxyListener
	Pools      []ProxyPool
	Servers    []ProxyServer
	LogDropped int64            // lines of the access log
	Egress     map[string]int64 // requests of egress listeners by outcome; nil: there are none
}

// ProxyListener is one listener.
type ProxyListener struct {
	Name           string
	Connections    []ProxyConnections
	Received, Sent int64            // bytes from clients, and to them
	Waiting        int              // in the queue
	Denied         map[string]int64 // by rule, every one that there is
	AcceptErrors   int64
	Shed           int64
}

// ProxyConnections are the connections of a listener that went to one server.
type ProxyConnections struct {
	Upstream string // empty: none was reached
	Active   int64
	Ended    map[string]int64 // by reason
}

// ProxyPool is one pool.
type ProxyPool struct {
	Name      string
	Panic     bool
	Listeners []string      // that use it
	LogAge    time.Duration // since logs said something of it; negative: never
}

// ProxyServer is one server of a pool, with the terms of its cost.
type ProxyServer struct {
	Pool, Name string

	Dialed, FirstByte Durations
	Failed            int64 // dials, for the server's fault
	Local, NoPort     int64 // dials, for ours; NoPort of them for want of a port

	Weight                int
	Effective, Advised    float64
	Ejected, Down         bool
	Ejections             int
	InFlight              int
	Latency, Own, Silence time.Duration
	LogRelative           float64
	OwnErrors, LogErrors  float64
	SlowStart             float64
	Cost                  float64 // seconds; +Inf where it gets no traffic
}

// Durations is a distribution of durations.
type Durations struct {
	Bounds []int64 // upper bounds in microseconds
	Counts []int64 // of each bucket alone, one more than Bounds
	Sum    int64   // microseconds
}

// proxies adds what there is of proxies.
func (s *samples) proxies(p *Proxies) {
	if p == nil {
		return
	}
	s.from(p.Started)
	for i := range p.Listeners {
		s.proxyListener(&p.Listeners[i])
	}
	for _, pool := range p.Pools {
		for _, listener := range pool.Listeners {
			s.set(proxyPanic, truth(pool.Panic), listener)
		}
		if pool.LogAge >= 0 {
			s.set(proxyLogAge, pool.LogAge.Seconds(), pool.Name)
		}
	}
	for i := range p.Servers {
		s.proxyServer(&p.Servers[i])
	}
	s.count(proxyLogDropped, p.LogDropped)
	for outcome, n := range p.Egress {
		s.count(proxyEgressRequests, n, outcome)
	}
}

func (s *samples) proxyListener(l *ProxyListener) {
	for _, c := range l.Connections {
		s.set(proxyActive, float64(c.Active), l.Name, c.Upstream)
		for reason, n := range c.Ended {
			s.count(proxyConnections, n, l.Name, reason, c.Upstream)
		}
	}
	s.count(proxyBytes, l.Received, "received", l.Name)
	s.count(proxyBytes, l.Sent, "sent", l.Name)
	s.set(proxyQueueDepth, float64(l.Waiting), l.Name)
	for rule, n := range l.Denied {
		s.count(proxyGateDenied, n, l.Name, rule)
	}
	s.count(proxyAcceptErrors, l.AcceptErrors, l.Name)
	s.count(proxyShed, l.Shed, l.Name)
}

func (s *samples) proxyServer(server *ProxyServer) {
	pool, name := server.Pool, server.Name
	s.durations(proxyDialDuration, &server.Dialed, pool, name)
	s.durations(proxyFirstByte, &server.FirstByte, pool, name)
	s.count(proxyDialFailures, server.Failed, "upstream", pool, name)
	s.count(proxyDialFailures, server.Local-server.NoPort, "local", pool, name)
	s.count(proxyDialFailures, server.NoPort, "no_port", pool, name)
	s.set(proxyWeight, float64(server.Weight), "configured", pool, name)
	s.set(proxyWeight, server.Effective, "effective", pool, name)
	s.set(proxyWeight, server.Advised, "advised", pool, name)
	s.set(proxyEjected, truth(server.Ejected), pool, name)
	s.set(proxyEjections, float64(server.Ejections), pool, name)
	s.set(proxyDown, truth(server.Down), pool, name)
	s.set(proxyInFlight, float64(server.InFlight), pool, name)
	s.set(proxyLatency, server.Latency.Seconds(), pool, "reckoned", name)
	s.set(proxyLatency, server.Own.Seconds(), pool, "own", name)
	s.set(proxyLatency, server.Silence.Seconds(), pool, "silence", name)
	s.set(proxyLogLatencyRatio, server.LogRelative, pool, name)
	s.set(proxyErrorRatio, server.OwnErrors, pool, "own", name)
	s.set(proxyErrorRatio, server.LogErrors, pool, "logs", name)
	s.set(proxySlowStart, server.SlowStart, pool, name)
	s.set(proxyCost, server.Cost, pool, name)
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// durations adds a classic histogram.
func (s *samples) durations(id metricID, d *Durations, labels ...string) {
	h := &dto.Histogram{SampleSum: new(microseconds(d.Sum)), CreatedTimestamp: s.created}
	total := uint64(0)
	for i, n := range d.Counts {
		total += uint64(n)
		if i < len(d.Bounds) {
			h.Bucket = append(h.Bucket, &dto.Bucket{CumulativeCount: new(total), UpperBound: new(microseconds(d.Bounds[i]))})
		}
	}
	h.SampleCount = new(total)
	s.to <- &classicSample{&metrics[id], labelPairs(id, labels), h}
}

// microseconds returns microseconds as seconds.
func microseconds(us int64) float64 { return float64(us) / 1e6 }

// classicSample is a histogram of classic buckets alone.
type classicSample struct {
	metric    *metric
	labels    []*dto.LabelPair
	histogram *dto.Histogram
}

// Desc implements prometheus.Metric.
func (s *classicSample) Desc() *prometheus.Desc { return s.metric.desc }

// Write implements prometheus.Metric.
func (s *classicSample) Write(m *dto.Metric) error {
	m.Label, m.Histogram = s.labels, s.histogram
	return nil
}
