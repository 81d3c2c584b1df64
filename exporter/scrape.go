package exporter

import (
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	_ "github.com/prometheus/client_golang/prometheus/promhttp/zstd" // lets a scraper ask for zstd
	dto "github.com/prometheus/client_model/go"
)

const (
	// maxScrapes are answered at once; the next ones are told to come again.
	maxScrapes = 16
	// scrapeTimeout is Prometheus' own default.
	scrapeTimeout = 10 * time.Second
)

// newMetricsHandler returns the handler of /metrics.
func newMetricsHandler(c *collector) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(c, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	handler := &scraper{gathering: gathering{from: registry}, slots: make(chan struct{}, maxScrapes)}
	return promhttp.InstrumentMetricHandler(registry,
		http.TimeoutHandler(handler, scrapeTimeout, "gathering the metrics takes too long\n"))
}

// scraper answers scrapes in whatever format they ask for.
type scraper struct {
	gathering gathering
	slots     chan struct{}
}

func (s *scraper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	default:
		http.Error(w, "too many scrapes at once", http.StatusServiceUnavailable)
		return
	}
	families, err := s.gathering.gather()
	if err != nil {
		writeGatherError(w, err)
		return
	}
	gathered := prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return families, nil })
	promhttp.HandlerFor(gathered, promhttp.HandlerOpts{
		EnableOpenMetrics:                   true,
		EnableOpenMetricsTextCreatedSamples: true,
	}).ServeHTTP(w, r)
}

// writeGatherError answers 503 where there is no State yet, with the reason,
// and 500 where the metrics themselves are at fault.
func writeGatherError(w http.ResponseWriter, err error) {
	var multiple prometheus.MultiError
	if errors.As(err, &multiple) {
		err = errors.Join(multiple...)
	}
	if reason, ok := errors.AsType[*unavailable](err); ok {
		http.Error(w, oneLine(reason.Error()), http.StatusServiceUnavailable)
		return
	}
	http.Error(w, "BUG: cannot gather the metrics: "+oneLine(err.Error()), http.StatusInternalServerError)
}

// gathering gathers once for all scrapes that ask while it does.
type gathering struct {
	from prometheus.Gatherer

	mutex   sync.Mutex
	current *gathered // nil while nobody gathers; protected by mutex
}

// gathered is what one gathering found. Its fields are set before done is
// closed, and not changed any more: those who share it only read.
type gathered struct {
	done     chan struct{}
	families []*dto.MetricFamily
	err      error
}

// errPanicked is what those get who waited for a gathering that panicked.
var errPanicked = errors.New("gathering the metrics failed")

func (g *gathering) gather() ([]*dto.MetricFamily, error) {
	g.mutex.Lock()
	if found := g.current; found != nil {
		g.mutex.Unlock()
		<-found.done
		return found.families, found.err
	}
	found := &gathered{done: make(chan struct{}), err: errPanicked}
	g.current = found
	g.mutex.Unlock()

	defer func() {
		g.mutex.Lock()
		g.current = nil
		g.mutex.Unlock()
		close(found.done)
	}()
	found.families, found.err = g.from.Gather()
	return found.families, found.err
}
