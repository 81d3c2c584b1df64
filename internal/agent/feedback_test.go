package agent

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/aggregator"
	"github.com/splitgauge/splitgauge/internal/config"
	"github.com/splitgauge/splitgauge/parser"
	"github.com/splitgauge/splitgauge/tailer"
)

// fedTest is feedback over shards that are filled by hand, by a clock that is
// set by hand.
type fedTest struct {
	feedback
	now   time.Time
	conf  *config.Config
	logs  []*liveLog
	pools []fedPool
	stand map[*liveLog]*tailer.FollowStatus
}

// newFedTest has so many logs, caught up with, and the pool "app" of app1 at
// 10.0.0.1:80 and 10.0.0.2:80, which has no other name.
func newFedTest(logs ...string) *fedTest {
	f := &fedTest{
		now: time.Unix(1_800_000_000, 0), conf: &config.Config{}, stand: map[*liveLog]*tailer.FollowStatus{},
		pools: []fedPool{{"app", []fedServer{{"app1", "10.0.0.1:80"}, {"10.0.0.2:80", "10.0.0.2:80"}}}},
	}
	f.status = func(l *liveLog) tailer.FollowStatus { return *f.stand[l] }
	for _, name := range logs {
		l := &liveLog{name: name, shard: aggregator.NewShard(aggregator.Config{})}
		f.logs = append(f.logs, l)
		f.stand[l] = &tailer.FollowStatus{CaughtUp: true}
	}
	return f
}

// after looks once a time has passed, and returns what is said.
func (f *fedTest) after(wait time.Duration) string {
	f.now = f.now.Add(wait)
	var said []string
	for _, pool := range f.look(f.now, f.conf, f.logs, f.pools) {
		for _, s := range pool.summaries {
			said = append(said, fmt.Sprintf("%s/%s %d-%d %v of %d", pool.pool, s.Server, s.Attempts, s.Errors, s.Latency, s.Measured))
		}
	}
	return strings.Join(said, ", ")
}

func (f *fedTest) second() string { return f.after(time.Second) }

// add counts a request with one attempt for each of the header times, in
// milliseconds; negative ones are absent.
func (f *fedTest) add(log int, server string, status int, headers ...int64) {
	for _, header := range headers {
		f.logs[log].shard.Add(&parser.Entry{Time: parser.NoTime, Status: status, RequestTime: 3, Upstream: parser.Upstream{
			Attempts: []parser.Attempt{{Server: []byte(server), Status: status, HeaderTime: header, ResponseTime: 0}}}})
		f.logs[log].shard.AddBytes(100, 0)
	}
}

func (f *fedTest) want(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: said %q, want %q", what, got, want)
	}
}

// TestFeedbackSums wants what two logs say in a second in one, by name and by
// address, for every pool that has the server.
func TestFeedbackSums(t *testing.T) {
	f := newFedTest("a.log", "b.log")
	f.pools = append(f.pools, fedPool{"other", []fedServer{{"x", "10.0.0.2:80"}}})
	f.add(0, "10.0.0.1:80", 500, 9, 9, 9) // before
	f.second()
	f.second()
	f.add(0, "10.0.0.1:80", 200, 5, 1, 12)
	f.add(1, "app1", 200, 7, 15)
	f.add(1, "10.0.0.1:80", 502, parser.Absent, parser.Absent)
	f.add(0, "10.0.0.1:80", 499, parser.Absent)
	f.add(0, "10.0.0.1:80", parser.Absent, parser.Absent)
	f.add(1, "10.0.0.2:80", 503, 2)
	f.add(1, "10.9.9.9:80", 200, 1)
	f.want(t, "sums", f.second(), "app/app1 9-2 7ms of 5, app/10.0.0.2:80 1-1 2ms of 1, other/x 1-1 2ms of 1")
	f.want(t, "nothing", f.second(), "")
	f.add(1, "10.0.0.2:80", 504, parser.Absent)
	f.want(t, "errors alone", f.second(), "app/10.0.0.2:80 1-1 0s of 0, other/x 1-1 0s of 0")
}

// TestFeedbackLate passes over lines of which it cannot be said that they are of
// the last seconds.
func TestFeedbackLate(t *testing.T) {
	f := newFedTest("a.log")
	stand := f.stand[f.logs[0]]
	line := func(n int) { f.add(0, "app1", 200, slices.Repeat([]int64{4}, n)...) }
	*stand = tailer.FollowStatus{Behind: 5000}
	f.second()
	for range 3 {
		line(10)
		f.want(t, "while catching up", f.second(), "")
	}
	stand.Behind = 0 // the next file is still to be opened
	f.second()
	line(10)
	f.want(t, "between two files of before", f.second(), "")
	line(20)
	*stand = tailer.FollowStatus{CaughtUp: true}
	f.want(t, "in the second in which it was caught up", f.second(), "")
	line(7)
	stand.Behind = 300
	f.want(t, "after that", f.second(), "app/app1 7-0 4ms of 7")
	line(3)
	stand.Behind = 500
	f.want(t, "while there is always a little to read", f.second(), "app/app1 3-0 4ms of 3")
	line(4) // of the 5 that had been there
	f.want(t, "while it falls behind", f.second(), "app/app1 4-0 4ms of 4")
	line(4)
	f.want(t, "when it had fallen behind", f.second(), "")
	line(5)
	f.want(t, "when it had caught up again", f.second(), "")
	line(6)
	f.want(t, "from then on", f.second(), "app/app1 6-0 4ms of 6")

	line(50)
	stand.Behind = 0 // as it was seen last
	f.want(t, "after a long stop", f.after(time.Minute), "")
	line(50)
	stand.Behind = 100
	f.want(t, "of what was written during it", f.second(), "")
	line(1)
	f.want(t, "which takes its time", f.second(), "")
	line(2)
	f.want(t, "and is over", f.second(), "app/app1 2-0 4ms of 2")
}

// TestFeedbackAnew makes no burst of what was counted before: by other counters
// after a reload, of a log that is new, of a server that was not asked for.
func TestFeedbackAnew(t *testing.T) {
	f := newFedTest("a.log", "b.log")
	f.add(0, "app1", 200, 5, 5, 5)
	f.second()
	f.second()
	again := aggregator.NewShard(aggregator.Config{})
	again.Restore(f.logs[0].shard.Snapshot())
	f.logs[0].shard = again
	f.add(0, "app1", 200, 6)
	f.want(t, "other counters", f.second(), "")
	f.add(0, "app1", 200, 7)
	f.want(t, "after them", f.second(), "app/app1 1-0 7ms of 1")

	f.add(0, "app3", 200, 8, 8)
	f.pools[0].servers = append(f.pools[0].servers, fedServer{"app3", "10.0.0.3:80"})
	f.want(t, "a new server", f.second(), "")
	f.add(0, "app3", 200, 9)
	f.want(t, "after it came", f.second(), "app/app3 1-0 9ms of 1")
	with := f.pools
	for _, without := range [][]fedPool{nil, {{"app", with[0].servers[:1]}}} {
		f.pools = without
		f.add(0, "app3", 200, 9)
		f.want(t, "not in a pool", f.second(), "")
		f.add(0, "app3", 200, 9)
		f.pools = with
		f.want(t, "in a pool again", f.second(), "")
		f.second()
	}

	l := &liveLog{name: "c.log", shard: aggregator.NewShard(aggregator.Config{})}
	f.stand[l] = &tailer.FollowStatus{CaughtUp: true}
	f.logs = append(f.logs, l)
	f.second()
	f.add(2, "app1", 200, 1, 1)
	f.want(t, "a new log, from its second look on", f.second(), "app/app1 2-0 1ms of 2")
	kept := f.logs
	f.logs = f.logs[:2]
	f.second()
	f.logs = kept
	f.add(2, "app1", 200, 1, 1)
	f.want(t, "a log that was gone", f.second(), "")
	if len(f.feedback.logs) != 3 {
		t.Errorf("%d logs are remembered, want 3", len(f.feedback.logs))
	}
}

// TestFeedbackNode counts every request of a node's log for the node.
func TestFeedbackNode(t *testing.T) {
	f := newFedTest("/n1.log", "/n2.log", "/else.log", "/proxy.log")
	node := func(log int, status int, times ...int64) {
		for _, ms := range times {
			f.logs[log].shard.Add(&parser.Entry{Time: parser.NoTime, Status: status, RequestTime: ms})
		}
	}
	plain := f.conf
	f.conf = &config.Config{
		Logs: []config.Log{{Path: "/n1.log", Node: "app1"}, {Path: "/n2*", Node: "10.0.0.2:80"}, {Path: "/else*", Node: "unknown"}},
	}
	f.conf.Proxies.AccessLog = "/proxy.log"
	node(0, 200, 9, 9, 9)
	f.second()
	f.second()
	node(0, 200, 11, 13)
	node(0, 503, 1)
	node(0, 499, 14)
	f.add(1, "10.0.0.1:80", 200, 8, 4) // a server behind the node; the requests took 3 ms
	node(1, 200, 3)
	node(2, 200, 1)
	f.add(3, "10.0.0.1:80", 500, 4)
	f.want(t, "nodes", f.second(), "app/app1 4-1 11ms of 4, app/10.0.0.2:80 3-0 4ms of 2")

	conf := f.conf
	f.conf = plain
	f.add(0, "10.0.0.1:80", 200, 5)
	f.want(t, "no nodes any more", f.second(), "")
	f.add(0, "10.0.0.1:80", 200, 6)
	f.want(t, "each line tells its own", f.second(), "app/app1 1-0 6ms of 1")
	f.conf = conf
	node(0, 200, 5)
	f.want(t, "nodes again", f.second(), "")
	node(0, 200, 7)
	f.want(t, "after that", f.second(), "app/app1 1-0 7ms of 1")
}
