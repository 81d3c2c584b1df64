package report

import (
	"fmt"
	"time"

	"github.com/splitgauge/splitgauge/aggregator"
)

// histogram returns the distribution of latencies that come times each:
// latency, times, latency, times.
func histogram(pairs ...int64) (h aggregator.Histogram) {
	for i := 0; i < len(pairs); i += 2 {
		ms, times := pairs[i], pairs[i+1]
		bucket := aggregator.Bucket{Count: times}
		for bucket.Upper() < ms {
			bucket.Cell++
		}
		h.Merge(&aggregator.Histogram{Sum: ms * times, Min: ms, Max: ms, Buckets: []aggregator.Bucket{bucket}})
	}
	return h
}

// clients returns a set of the n clients from on.
func clients(from, n int) *aggregator.Clients {
	shard := aggregator.NewShard(aggregator.Config{})
	entry := argument(shard.Add)
	for i := range n {
		entry.RemoteAddr = fmt.Appendf(nil, "client %d", from+i)
		shard.Add(entry)
	}
	return shard.Snapshot().Variants[""].Clients
}

// argument returns a new value of the type that add takes a pointer to: the
// parser's, which this package may not name.
func argument[T any](add func(*T)) *T { return new(T) }

// classes returns how many requests had which class.
func classes(c2, c3, c4, c5 int64) (c aggregator.StatusClasses) {
	c[2], c[3], c[4], c[5] = c2, c3, c4, c5
	return c
}

// Methods by the parser's numbers.
const (
	methodNone = iota
	methodOther
	methodGet
	methodHead
	methodPost
)

var fixtureStart = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

// fixture returns a report with something in every part.
func fixture() *Report {
	s := aggregator.NewSnapshot()
	s.Lines = aggregator.Lines{
		Parsed: 1_234_412, Partial: 86, Unparsed: 31, Bytes: 251_004_112, NULBytes: 4096,
		Reasons: map[string]int64{"time_local": 58, "format": 27, "trailing": 20, "request_time": 8, "too_long": 4},
	}
	s.First, s.Last = fixtureStart.UnixMilli()+123, fixtureStart.Add(9*time.Hour).UnixMilli()-456

	main := &aggregator.Traffic{Requests: 1_116_610, Classes: classes(1_009_012, 88_100, 18_400, 1_098), BytesSent: 40_312_000_123,
		RequestTime: histogram(0, 80_000, 4, 300_000, 12, 400_000, 35, 250_000, 120, 70_000, 900, 15_000, 1250, 1_500, 32_000, 110), Clients: clients(0, 7_500)}
	one := &aggregator.Traffic{Requests: 24_888, Classes: classes(22_000, 2_100, 400, 388), BytesSent: 812_000_000,
		RequestTime: histogram(4, 5_000, 12, 9_000, 60, 9_000, 400, 1_800, 2_600, 88), Clients: clients(7_500, 165)}
	two := &aggregator.Traffic{Requests: 93_000, Classes: classes(84_000, 7_400, 1_520, 79), BytesSent: 3_100_000_000,
		RequestTime: histogram(3, 30_000, 11, 40_000, 30, 20_000, 100, 3_000), Clients: clients(7_600, 620)}
	two.Classes[aggregator.NoStatusClass] = 1
	s.Variants = map[string]*aggregator.Traffic{"": main, ".one": one, ".two": two}
	s.HasVariants = true

	key := func(method, status int) aggregator.RequestKey {
		k := aggregator.RequestKey{Status: status}
		for range method {
			k.Method++
		}
		return k
	}
	s.Requests = map[aggregator.RequestKey]int64{
		key(methodGet, 200): 1_000_012, key(methodPost, 200): 100_000, key(methodHead, 200): 15_000, key(methodGet, 301): 57_600,
		key(methodGet, 304): 40_000, key(methodGet, 404): 19_000, key(methodPost, 499): 1_220, key(methodNone, 400): 100,
		key(methodGet, 500): 400, key(methodPost, 502): 1_000, key(methodGet, 504): 165, key(methodNone, -1): 1,
	}
	s.Upstreams = map[string]*aggregator.Server{
		"10.0.0.11:8080": {Attempts: 601_000, Status: map[int]int64{200: 600_000, 404: 800, 502: 200},
			ResponseTime: histogram(4, 300_000, 12, 200_000, 100, 101_000), ConnectTime: histogram(0, 500_000, 1, 100_800), HeaderTime: histogram(4, 300_000, 11, 200_000, 90, 101_000)},
		"10.0.0.12:8080": {Attempts: 598_211, Status: map[int]int64{200: 588_000, 404: 801, 502: 9_400, 504: 10},
			ResponseTime: histogram(4, 200_000, 20, 280_000, 400, 108_000), ConnectTime: histogram(0, 400_000, 2, 188_801), HeaderTime: histogram(4, 200_000, 19, 280_000, 390, 108_000)},
		"unix:/run/app/fallback.sock": {Attempts: 312, Status: map[int]int64{200: 312},
			ResponseTime: histogram(2, 312), ConnectTime: histogram(0, 312), HeaderTime: histogram(2, 312)},
	}
	s.VariantAttempts = map[aggregator.VariantServer]int64{
		{Server: "10.0.0.11:8080"}: 601_000, {Variant: ".one", Server: "10.0.0.12:8080"}: 598_211, {Variant: ".two", Server: "unix:/run/app/fallback.sock"}: 312,
	}
	s.Retried, s.Redirected, s.NoUpstream, s.NoLiveUpstream = 9_410, 12, 44_310, 3

	s.Paths = map[string]*aggregator.Traffic{}
	for i, path := range []string{
		"/", "/api/v1/users/:id/orders", "/static/app.:hex.js", "/api/v1/search", "/login", "/a/very/long/path/that/does/not/fit/into/the/column/…",
		"/favicon.ico", "/健康/检查", "/api/v2/items/:uuid", "/robots.txt", "/.env", "/wp-login.php",
	} {
		n := int64(400_000 / (i + 1) / (i + 1))
		s.Paths[path] = &aggregator.Traffic{Requests: n, Classes: classes(n-n/100, 0, n/100-n/400, n/400), BytesSent: n * 12_345, RequestTime: histogram(int64(3+i*i*7), n)}
	}
	s.Hosts = map[string]*aggregator.Traffic{
		"www.example.com": {Requests: 1_200_000, Classes: classes(1_200_000, 0, 0, 0), BytesSent: 44_000_000_000, RequestTime: histogram(12, 1_200_000)},
		"example.com":     {Requests: 34_498, Classes: classes(0, 34_498, 0, 0), BytesSent: 224_000_123, RequestTime: histogram(1, 34_498)},
	}

	s.Timeline.Step = 300
	const slots = 108 // one hump, four slots without a request, ten with errors
	outage := map[int64]int64{70: 12, 71: 80, 72: 230, 73: 410, 74: 390, 75: 240, 76: 110, 77: 60, 78: 25, 79: 8}
	var left int64 = 1_234_498 - 7
	for slot := range int64(slots) {
		if slot >= 60 && slot < 64 {
			continue
		}
		n := 7695 + 162*min(slot, slots-1-slot)
		if slot == slots-1 {
			n = left
		}
		left -= n
		s.Timeline.Slots[fixtureStart.Unix()+300*slot] = &aggregator.Traffic{
			Requests: n, Classes: classes(n-outage[slot], 0, 0, outage[slot]), BytesSent: n * 35_000, RequestTime: histogram(12, n)}
	}
	s.Timeline.Outside = 7
	s.Overflow = aggregator.Overflow{Method: 2, Path: 18_221}

	return &Report{
		Snapshot: s,
		Sources: []Source{
			{Name: "access.log", Format: "combined_plus", Reason: "access_log in nginx.conf:31", Lines: 634_529},
			{Name: "access.log.1", Format: "combined_plus", Reason: "access_log in nginx.conf:31", Lines: 400_000},
			{Name: "access.log.2.gz", Format: "combined_plus", Reason: "access_log in nginx.conf:31", Encoding: "gzip", Lines: 200_000},
		},
		Failures:   []Failure{{Source: "access.log.3.gz", Offset: 1_245_184, Error: "cannot decompress: unexpected EOF"}},
		Duplicates: []Duplicate{{Source: "logs/access.log", Of: "access.log"}},
		Samples: []Sample{
			{Source: "access.log", Line: 17, Column: 45, Reason: "time_local", Field: "time_local", Text: []byte("xx"), Explanation: "want day/month/year:hour:minute:second zone"},
			{Source: "access.log.1", Line: 88_120, Reason: "format", Text: []byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), Explanation: "the line does not begin with $remote_addr -"},
			{Source: "access.log.1", Line: 99_001, Column: 212, Reason: "trailing", Text: []byte(`"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)`), Explanation: "the line ends inside $http_user_agent"},
		},
		Split:         `split_clients "${remote_addr}AAA" $variant`,
		VariantOrigin: "as logged in $variant",
		Since:         fixtureStart,
	}
}

// nothing returns a report on no line at all.
func nothing() *Report { return &Report{Snapshot: aggregator.NewSnapshot()} }
