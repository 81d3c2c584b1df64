package agent

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/splitgauge/splitgauge/experiment"
	"github.com/splitgauge/splitgauge/exporter"
	"github.com/splitgauge/splitgauge/parser"
)

// TestReloadBeginsAnEpoch changes the split under the agent: what was said is gone
// at once, nothing is said for ten minutes, and then only of what was counted under
// the new split, whichever of the two has the greater text.
func TestReloadBeginsAnEpoch(t *testing.T) {
	for _, splits := range [][2]string{{split55, split67}, {split67, split55}} {
		synctest.Test(t, func(t *testing.T) {
			before, after := splits[0], splits[1]
			l := newLiveTest(t, before)
			l.write("stays.log", before, 800, map[string]int{".b": 50})
			l.write("goes.log", before, 2000, map[string]int{".b": 50})
			l.start()
			defer l.stop()
			l.wantVerdict("before", experiment.Worse)
			if err := os.Remove(filepath.Join(l.directory, "goes.log")); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Second)
			if logs := len(l.live.moment().logs); logs != 1 {
				t.Fatalf("%d logs are read, want 1: the other one has departed", logs)
			}
			if n := clients(l.wantVerdict("departed", experiment.Worse)); n < 2500 {
				t.Fatalf("%d clients: a departed log no longer counts", n)
			}

			changed := time.Now()
			l.hangUp(after)
			if r := l.result(); r != nil {
				t.Errorf("after the reload it is still said: %s", r.Reason)
			}
			l.write("stays.log", after, 200, nil)
			l.write("new.log", after, 200, nil)
			time.Sleep(12 * time.Second)
			r := l.wantVerdict("just after", experiment.NewEpoch)
			if r.Epoch.Changed != changed.UnixMilli() || clients(r) != 0 {
				t.Errorf("changed %d with %d clients, want %d with those since", r.Epoch.Changed, clients(r), changed.UnixMilli())
			}
			if began := l.scraped().List[0].Began; !began.Equal(changed) {
				t.Errorf("the epoch began %v, want %v", began, changed)
			}

			time.Sleep(11 * time.Minute)
			l.write("new.log", after, 2000, nil)
			time.Sleep(12 * time.Second)
			if n := clients(l.wantVerdict("when it has settled", experiment.Undecided)); n > 2400 {
				t.Errorf("%d clients: those of the old split have come back", n)
			}
			if r.Control.Configured == l.result().Control.Configured && r.Control.Clients == l.result().Control.Clients {
				t.Error("nothing was counted in the new epoch")
			}
		})
	}
}

// TestDepartedLogsDoNotComeBack has no log left that has seen the change: the
// agent itself must know of it, over a restart too.
func TestDepartedLogsDoNotComeBack(t *testing.T) {
	for _, splits := range [][2]string{{split55, split67}, {split67, split55}} {
		for _, restart := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				before, after := splits[0], splits[1]
				l := newLiveTest(t, before)
				l.write("goes.log", before, 1000, map[string]int{".b": 50})
				l.start()
				defer func() { l.stop() }()
				l.wantVerdict("before", experiment.Worse)
				if err := os.Remove(filepath.Join(l.directory, "goes.log")); err != nil {
					t.Fatal(err)
				}
				time.Sleep(10 * time.Second)
				if logs := len(l.live.moment().logs); logs != 0 {
					t.Fatalf("%d logs are read", logs)
				}
				l.wantVerdict("without any log", experiment.Worse)
				l.hangUp(after)
				changed := time.Now()
				if restart {
					l.stop()
					l.start()
				}
				l.write("new.log", after, 500, nil)
				time.Sleep(12 * time.Second)
				r := l.wantVerdict("after", experiment.NewEpoch)
				if n := clients(r); n != 0 {
					t.Errorf("%d clients, want at most the 500 of the new split", n)
				}
				if at := time.UnixMilli(r.Epoch.Changed); !at.Equal(changed) {
					t.Errorf("the split was changed %v, want %v", at, changed)
				}
			})
		}
	}
}

// TestChangeWhileDown changes the split while the agent does not run, with a log
// that has departed before and a new one; in between is a log that goes on, or one
// whose file is gone by then, or none.
func TestChangeWhileDown(t *testing.T) {
	for i, splits := range [][2]string{{split55, split67}, {split67, split55}} {
		for _, between := range []string{"goes on", "is gone", "none"} {
			if i > 0 && between != "none" {
				continue // when it changed decides, not the text
			}
			synctest.Test(t, func(t *testing.T) {
				before, after := splits[0], splits[1]
				l := newLiveTest(t, before)
				l.write("departed.log", before, 1000, map[string]int{".b": 50})
				if between != "none" {
					l.write("between.log", before, 200, map[string]int{".b": 50})
				}
				l.start()
				l.wantVerdict("before", experiment.Worse)
				remove := func(name string) {
					if err := os.Remove(filepath.Join(l.directory, name)); err != nil {
						t.Fatal(err)
					}
				}
				remove("departed.log")
				time.Sleep(10 * time.Second)
				l.stop()
				if between == "is gone" {
					remove("between.log")
				}
				l.configure(after)
				l.write("new.log", after, 300, nil)
				started := time.Now()
				l.start()
				defer l.stop()
				time.Sleep(12 * time.Second)
				r := l.wantVerdict("after, the log between "+between, experiment.NewEpoch)
				if n := clients(r); n != 0 {
					t.Errorf("%d clients, want at most the 300 of the new split", n)
				}
				if at := time.UnixMilli(r.Epoch.Changed); !at.Equal(started) {
					t.Errorf("seen to change %v, want %v, at the start", at, started)
				}
			})
		}
	}
}

// TestChangeBeforeAnythingIsCounted has a split that is changed before there is a
// log: the first lines may still be of workers of before.
func TestChangeBeforeAnythingIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLiveTest(t, split55)
		l.start()
		defer l.stop()
		if r := l.result(); r != nil {
			t.Errorf("nothing was counted, and it is said %q", r.Reason)
		}
		l.hangUp(split67)
		l.write("new.log", split67, 300, nil)
		time.Sleep(12 * time.Second)
		l.wantVerdict("after", experiment.NewEpoch)
	})
}

// TestWhatBeginsAnEpoch reloads with one thing changed.
func TestWhatBeginsAnEpoch(t *testing.T) {
	for _, test := range []struct {
		name, more string
		begins     bool
	}{
		{"nothing", split55, false},
		{"slow", split55 + "experiments: {slow: 20ms}\n", true},
		{"slow as it is by default", split55 + "experiments: {slow: 1s}\n", false},
		{"how it is read", split55 + "experiments: {margin: 1.5, metrics: bytes, control: .a}\n", false},
		{"key", strings.Replace(split55, "$remote_addr", "${remote_addr}x", 1), true},
		{"values", strings.Replace(split55, ".a", ".c", 1), true},
		{"percentages", split67, true},
		{"order", "split: 'split_clients $remote_addr $v { 45% .b; * .a; }'\n", true},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := newLiveTest(t, split55)
			l.write("a.log", split55, 500, nil)
			l.start()
			defer l.stop()
			r := l.wantVerdict("before", experiment.Undecided)
			if r.Epoch.Changed != parser.NoTime {
				t.Errorf("%s: a change was seen that was none", test.name)
			}
			l.hangUp(test.more)
			if said := l.result(); (said == nil) != test.begins {
				t.Errorf("%s: after the reload %v is said", test.name, said)
			}
			l.write("a.log", split55, 10, nil)
			time.Sleep(12 * time.Second)
			if r = l.result(); r == nil || r.Epoch.New != test.begins || (clients(r) < 100) != test.begins {
				t.Errorf("%s: %+v", test.name, r)
			}
		})
	}
}

// TestComparisonIsReloaded changes how experiments are read: it is of all that was
// counted before.
func TestComparisonIsReloaded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLiveTest(t, split55)
		l.write("a.log", split55, 2000, map[string]int{".a": 30, ".b": 30})
		l.start()
		defer l.stop()
		r := l.wantVerdict("before", experiment.Undecided)
		if r.Control.Name != ".a" || r.Tests != 4 || r.Primary != experiment.Errors5xx {
			t.Errorf("before: %+v", r)
		}
		l.hangUp(split55 + "experiments: {margin: 1.9, metrics: [errors_4xx, errors_5xx], control: .b}\n")
		time.Sleep(11 * time.Second)
		after := l.result()
		if after.Control.Name != ".b" || after.Tests != 2 || after.Primary != experiment.Errors4xx || after.Margin != 1.9 || clients(after) != clients(r) {
			t.Errorf("after: %+v", after)
		}
		reported := l.live.report().Experiments[0].Result
		if reported.Control.Name != ".b" || reported.Margin != 1.9 {
			t.Errorf("the report: %+v", reported)
		}
		if a := l.live.comparison; a.slow() != l.live.inputs[0].formats.config.Compare.slow() || a.Margin != l.live.inputs[0].formats.config.Compare.Margin {
			t.Error("what is counted and what is compared do not agree")
		}
	})
}

// TestNothingToCompare has no split, then one too large, then one.
func TestNothingToCompare(t *testing.T) {
	const large = "split: 'split_clients $remote_addr $v { 5% a; 5% b; 5% c; 5% d; 5% e; 5% f; 5% g; 5% h; * i; }'\n"
	synctest.Test(t, func(t *testing.T) {
		l := newLiveTest(t, "")
		l.write("a.log", split55, 100, nil)
		l.start()
		defer l.stop()
		for i, more := range []string{"", large, large} {
			if i > 0 {
				l.hangUp(more)
				time.Sleep(12 * time.Second)
			}
			if e := l.scraped(); !e.Compared.IsZero() || e.List != nil {
				t.Errorf("compared without an experiment: %+v", e)
			}
			if n := strings.Count(l.said.String(), "the variants of a split are not compared"); n != i {
				t.Errorf("said %d times after %d reloads that a split is not compared", n, i)
			}
		}
		if said := l.said.String(); !strings.Contains(said, "split=$v") || !strings.Contains(said, "at most 8") {
			t.Errorf("not said which split, and why not: %s", said)
		}
		l.hangUp(split55)
		l.write("a.log", split55, 300, nil)
		time.Sleep(12 * time.Second)
		if l.result() == nil {
			t.Error("a split was configured, and nothing is said")
		}
		l.hangUp("")
		if e := l.scraped(); !e.Compared.IsZero() || e.List != nil {
			t.Errorf("still compared: %+v", e)
		}
	})
}

// TestControlIsNoVariant has a control that the split of nginx's configuration does
// not give: it is said, and everything else goes on.
func TestControlIsNoVariant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLiveTest(t, "")
		text := "events {}\nhttp { " + strings.Trim(strings.TrimPrefix(split55, "split: "), "'\n") + " }\n"
		if err := os.WriteFile(filepath.Join(l.directory, "nginx.conf"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		l.configure("experiments: {control: \"\\e[31m\"}\n")
		l.write("a.log", split55, 300, nil)
		l.start()
		defer l.stop()
		if e := l.scraped(); e.Compared.IsZero() || len(e.List) > 0 {
			t.Errorf("compared with no variant: %+v", e)
		}
		const want = "no experiment can be compared as configured"
		if said := l.said.String(); strings.Count(said, want) != 1 || !strings.Contains(said, "cannot compare with the arm") || strings.Contains(said, "\x1b") {
			t.Errorf("not said once, and readably: %s", said)
		}
		l.hangUp("experiments: {control: .b}\n")
		time.Sleep(12 * time.Second)
		if r := l.result(); r == nil || r.Control.Name != ".b" {
			t.Errorf("compared with %+v, want .b", r)
		}
	})
}

// TestComparingHoldsNoLock compares and reports while somebody else has the
// agent's lock.
func TestComparingHoldsNoLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLiveTest(t, split55)
		l.write("a.log", split55, 500, nil)
		l.start()
		defer l.stop()
		now := l.live.moment()
		l.live.mu.Lock()
		defer l.live.mu.Unlock()
		if list := now.compare(context.Background()); len(list) != 1 {
			t.Errorf("%d experiments", len(list))
		}
		if r := now.report(); len(r.Experiments) != 1 {
			t.Errorf("%d experiments in the report", len(r.Experiments))
		}
	})
}

// TestNothingBeforeCaughtUp wants no comparison of a part of what there is.
func TestNothingBeforeCaughtUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLiveTest(t, split55)
		l.write("a.log", split55, 500, nil)
		l.start()
		defer l.stop()
		j := &judge{live: l.live}
		l.live.caughtUp.Store(false)
		was := l.live.published().Compared
		time.Sleep(500 * time.Microsecond)
		j.look(context.Background())
		if !j.looked.IsZero() || l.live.published().Compared != was {
			t.Error("compared before all was read")
		}
		l.live.caughtUp.Store(true)
		j.look(context.Background())
		if j.looked.IsZero() || l.live.published().Compared == was {
			t.Error("not compared once all was read")
		}
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		before := l.live.published().Compared
		(&judge{live: l.live}).look(ended)
		if l.live.published().Compared != before {
			t.Error("published what was not compared to its end")
		}
		l.live.publish(exporter.Experiments{}, l.live.moment().configured-1)
		if l.live.published().Compared != before {
			t.Error("published what is of another configuration")
		}
	})
}

// TestShutdownTimeout wants nginx's worker_shutdown_timeout to make the time longer
// that nothing is said for.
func TestShutdownTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLiveTest(t, split55)
		for name, text := range map[string]string{
			"main.conf":  "worker_shutdown_timeout 30m;\n",
			"nginx.conf": "include main.conf;\nevents {}\nhttp { access_log off; }\n",
		} {
			if err := os.WriteFile(filepath.Join(l.directory, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		l.configure(split55)
		l.write("a.log", split55, 300, nil)
		l.start()
		defer l.stop()
		l.hangUp(split67)
		time.Sleep(20 * time.Minute)
		l.write("a.log", split67, 300, nil)
		time.Sleep(12 * time.Second)
		r := l.wantVerdict("after 20 minutes", experiment.NewEpoch)
		if got := time.Duration(r.Epoch.Settles-r.Epoch.Changed) * time.Millisecond; got != time.Hour {
			t.Errorf("settles within %v, want twice the 30m of the workers", got)
		}
	})
}

func TestNginxTime(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"30": 30 * time.Second, "30s": 30 * time.Second, "500ms": 500 * time.Millisecond, "1h 30m": 90 * time.Minute, "1m30s": 90 * time.Second,
		"2d": 48 * time.Hour, "1w": 7 * 24 * time.Hour, "0": 0, "": 0, "m": 0, "10x": 0, "-5s": 0, "$t": 0,
		"99999999999999999999999s": 365 * 24 * time.Hour, "9999999999w 9999999999w": 365 * 24 * time.Hour,
	} {
		t.Run(fmt.Sprintf("%q", text), func(t *testing.T) {
			if got := nginxTime(text); got != want {
				t.Errorf("%v, want %v", got, want)
			}
		})
	}
}
