package agent

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/splitgauge/splitgauge/experiment"
	"github.com/splitgauge/splitgauge/exporter"
	"github.com/splitgauge/splitgauge/internal/checkpoint"
	"github.com/splitgauge/splitgauge/internal/config"
)

// liveTest is a running agent without listeners, in a bubble of synctest.
type liveTest struct {
	t         *testing.T
	directory string
	reload    chan os.Signal
	live      *live
	said      *saidLog
	random    *rand.Rand
	stop      func()

	mu   sync.Mutex
	text string // of the configuration; protected by mu
}

// saidLog is what the agent logs. It may be read while that goes on.
type saidLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *saidLog) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *saidLog) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

const liveConfig = `
nginx: {config: %s}
logs:
  - path: %s/*.log
    format: '$remote_addr [$time_local] "$request" $status $body_bytes_sent $request_time'
reading: {from_beginning: true, poll: 500ms, grace: 1s, linger: 2s}
state: {interval: 1h} # at the end, and at a reload, it is written anyway
`

// Splits of one variable: the definition of the second is the greater text, which
// decides where nothing else says which of two is the later one.
const (
	split55 = "split: 'split_clients $remote_addr $v { 55% .a; * .b; }'\n"
	split67 = "split: 'split_clients $remote_addr $v { 67% .a; * .b; }'\n"
)

// newLiveTest starts an agent; more is of its configuration.
func newLiveTest(t *testing.T, more string) *liveTest {
	l := &liveTest{t: t, directory: t.TempDir(), reload: make(chan os.Signal), said: new(saidLog), random: rand.New(rand.NewPCG(3, 5))}
	l.configure(more)
	return l
}

// configure changes the file of the configuration, which is read at the next start
// or reload.
func (l *liveTest) configure(more string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	nginx := "none"
	if path := filepath.Join(l.directory, "nginx.conf"); fileExists(path) {
		nginx = path
	}
	l.text = fmt.Sprintf(liveConfig, nginx, l.directory) + more
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func (l *liveTest) load() (*config.Config, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return config.Parse("test", []byte(l.text))
}

// start starts the agent on the state that there is, and waits until it has read
// what is there. It runs until it is stopped.
func (l *liveTest) start() {
	l.t.Helper()
	conf, err := l.load()
	if err != nil {
		l.t.Fatal(err)
	}
	a, err := newLive(RunConfig{Load: l.load, Log: slog.New(slog.NewTextHandler(l.said, nil)), Reload: l.reload}, conf)
	if err != nil {
		l.t.Fatal(err)
	}
	if a.store, err = checkpoint.Open(filepath.Join(l.directory, "state")); err != nil {
		l.t.Fatal(err)
	}
	if err := a.openLogs(); err != nil {
		l.t.Fatal(err)
	}
	a.startLogs(context.Background())
	ctx, cancel := context.WithCancel(context.Background())
	s := &shift{live: a, serving: serveAll(nil), reading: context.Background()}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.work(ctx)
	}()
	l.live = a
	l.stop = func() {
		cancel()
		<-ended
		a.endLogs()
		a.checkpointNow()
		s.serving.stop()
		a.closeStore()
		l.wait(time.Second) // what looks after files notices
	}
	l.wait(3 * time.Second)
}

// wait lets time pass, and what is to be done in it be done.
func (l *liveTest) wait(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// hangUp has the configuration read again.
func (l *liveTest) hangUp(more string) {
	l.configure(more)
	l.reload <- os.Interrupt
	synctest.Wait()
}

// write adds two requests of each of so many clients to a log, of which those of a
// variant fail as often as it says, in percent.
func (l *liveTest) write(name, split string, clients int, fails map[string]int) {
	l.t.Helper()
	file, err := os.OpenFile(filepath.Join(l.directory, name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		l.t.Fatal(err)
	}
	defer file.Close()
	block := strings.Trim(strings.TrimPrefix(split, "split: "), "'\n")
	table := parseSplit(l.t, block).Table
	var b strings.Builder
	for range clients {
		client := fmt.Sprintf("10.%d.%d.%d", l.random.IntN(256), l.random.IntN(256), l.random.IntN(256))
		for range 2 {
			status := 200
			if l.random.IntN(100) < fails[table.Variant([]byte(client))] {
				status = 502
			}
			fmt.Fprintf(&b, "%s [%s] \"GET / HTTP/1.1\" %d 12 0.0%02d\n", client, time.Now().Format("02/Jan/2006:15:04:05 -0700"), status, l.random.IntN(100))
		}
	}
	if _, err := file.WriteString(b.String()); err != nil {
		l.t.Fatal(err)
	}
}

// scraped returns what a scrape has of experiments.
func (l *liveTest) scraped() exporter.Experiments {
	l.t.Helper()
	state, err := l.live.collect()
	if err != nil {
		l.t.Fatal(err)
	}
	return state.Experiments
}

// result returns the one result that a scrape has; nil where it has none.
func (l *liveTest) result() *experiment.Result {
	l.t.Helper()
	list := l.scraped().List
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0].Result
	}
	l.t.Fatalf("%d experiments, want at most one", len(list))
	return nil
}

// wantVerdict wants a scrape and the report to say the same.
func (l *liveTest) wantVerdict(when string, want experiment.Verdict) *experiment.Result {
	l.t.Helper()
	r := l.result()
	if r == nil {
		l.t.Fatalf("%s: nothing is scraped, want %q", when, want)
	}
	reported := l.live.report().Experiments
	if len(reported) != 1 || reported[0].Result == nil {
		l.t.Fatalf("%s: the report has %+v", when, reported)
	}
	if r.Verdict != want || reported[0].Result.Verdict != want {
		l.t.Fatalf("%s: %q is scraped (%s), %q reported, want %q", when, r.Verdict, r.Reason, reported[0].Result.Verdict, want)
	}
	return r
}

// clients returns how many distinct clients a result is of.
func clients(r *experiment.Result) (n int64) {
	for _, arm := range r.Split.Arms {
		n += arm.Clients
	}
	return n
}

// TestLiveExperiments runs an agent on two logs: it finds the variant that fails
// more often, compares only now and then, and only if there is something new, and
// says what replay does.
func TestLiveExperiments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLiveTest(t, split55)
		fails := map[string]int{".a": 2, ".b": 10}
		l.write("one.log", split55, 1500, fails)
		l.write("two.log", split55, 1500, fails)
		l.start()
		defer l.stop()
		first := l.wantVerdict("at the start", experiment.Worse)
		if len(first.Variants) != 1 || first.Variants[0].Name != ".b" || first.Variants[0].Verdict != experiment.Worse {
			t.Errorf("variants %+v", first.Variants)
		}
		compared := l.scraped().Compared

		for range 1000 {
			if l.result() != first {
				t.Fatal("a scrape compares")
			}
		}
		l.wait(time.Minute)
		if l.result() != first || l.scraped().Compared.Sub(compared) < 50*time.Second {
			t.Errorf("compared anew without anything new, or not looked at: %v after %v", l.scraped().Compared, compared)
		}

		results := map[*experiment.Result]bool{first: true}
		for range 60 {
			l.write("two.log", split55, 2, fails)
			l.wait(time.Second)
			results[l.result()] = true
		}
		if n := len(results); n < 6 || n > 8 {
			t.Errorf("compared %d times in a minute, want every 10 s", n)
		}

		l.wait(11 * time.Second)
		conf, err := l.load()
		if err != nil {
			t.Fatal(err)
		}
		reading, err := readingOf(conf, "")
		if err != nil {
			t.Fatal(err)
		}
		reading.Format = conf.Logs[0].Format
		replayed := mustReplay(t, ReplayConfig{Inputs: []string{filepath.Join(l.directory, "*.log")}, Reading: *reading})
		if got, want := jsonOf(t, l.live.report()), jsonOf(t, replayed); !bytes.Equal(got, want) {
			t.Errorf("the report is not that of replay:\n%s\n%s", got, want)
		}
		if got, want := l.result(), replayed.Experiments[0].Result; !reflect.DeepEqual(got, want) {
			t.Errorf("scraped is\n%+v\nreplay says\n%+v", got, want)
		}
	})
}
