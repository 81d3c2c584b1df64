package agent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/internal/loggen"
	"github.com/splitgauge/splitgauge/parser"
	"github.com/splitgauge/splitgauge/splitclients"
	"github.com/splitgauge/splitgauge/tailer"
)

func mustSplit(t *testing.T, block string) *splitclients.Split {
	t.Helper()
	split, err := splitclients.Parse(block, splitclients.RuleNewest)
	if err != nil {
		t.Fatal(err)
	}
	return split
}

func simulateText(t *testing.T, text string, config ReplayConfig, limit int64) *Simulation {
	t.Helper()
	config.Inputs = []string{tailer.StdinName}
	config.Reader.Stdin = strings.NewReader(text)
	s, err := simulate(context.Background(), config, limit)
	if err != nil {
		t.Fatal(err)
	}
	for _, failure := range s.Report.Failures {
		t.Errorf("failure %q", failure.Error)
	}
	return s
}

// generatedLog returns a log of which the variant was logged, by a split that is
// not the one to simulate.
func generatedLog(t *testing.T, lines, clients int) string {
	t.Helper()
	generator, err := loggen.New(loggen.Config{Seed: 5, Lines: lines, Clients: clients, Format: loggen.Extended})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	if _, err := generator.WriteTo(&log); err != nil {
		t.Fatal(err)
	}
	return log.String()
}

// TestSimulateAgainstMaps counts the same with maps, for any number of workers.
func TestSimulateAgainstMaps(t *testing.T) {
	const block = `split_clients "${remote_addr}x" $proposed { 10% a; 20% b; 10% a; * "c\\x41"; }`
	log := generatedLog(t, 20_000, 3_000)
	split := mustSplit(t, block)
	requests, clients := map[string]int64{}, map[string]map[string]bool{}
	for line := range strings.Lines(log) {
		address, _, _ := strings.Cut(line, " ")
		variant := split.Table.Variant([]byte(address + "x"))
		requests[variant]++
		if clients[variant] == nil {
			clients[variant] = map[string]bool{}
		}
		clients[variant][address] = true
	}
	for _, workers := range []int{1, 4} {
		s := simulateText(t, log, ReplayConfig{Workers: workers, Reading: Reading{Split: split, Format: loggen.ExtendedText}}, exactClients)
		if len(s.Variants) != 3 || s.Estimated || s.SeveralVariants != 0 || s.NotLogged != 0 || s.EmptyKey != 0 {
			t.Fatalf("%d workers: %+v", workers, s)
		}
		var total, addresses int64
		for i, value := range []string{"a", "b", `c\x41`} {
			v := s.Variants[i]
			if v.Value != value || v.Requests != requests[value] || v.Clients != int64(len(clients[value])) {
				t.Errorf("%d workers: %+v, want %d requests and %d clients of %q", workers, v, requests[value], len(clients[value]), value)
			}
			total += v.Requests
			addresses += v.Clients
		}
		if s.Requests != total || total != 20_000 || s.Clients != addresses {
			t.Errorf("%d workers: %d requests of %d clients, variants add up to %d of %d", workers, s.Requests, s.Clients, total, addresses)
		}
		if s.Variants[0].Percent != 2000 || s.Report.Snapshot.Lines.Parsed != 20_000 {
			t.Errorf("%d workers: %+v, %+v", workers, s.Variants[0], s.Report.Snapshot.Lines)
		}
	}
}

// TestSimulateEstimates: past the limit, clients are estimated, the same for any
// number of workers; up to it they are exact.
func TestSimulateEstimates(t *testing.T) {
	log := generatedLog(t, 20_000, 3_000)
	config := ReplayConfig{Reading: Reading{Split: mustSplit(t, `split_clients $remote_addr $v { 30% a; * b; }`), Format: loggen.ExtendedText}}
	exact := simulateText(t, log, config, exactClients)
	if at := simulateText(t, log, config, exact.Clients); at.Estimated || at.Clients != exact.Clients {
		t.Errorf("at the limit: %+v", at)
	}
	var first *Simulation
	for _, workers := range []int{1, 4} {
		config.Workers = workers
		s := simulateText(t, log, config, exact.Clients-1)
		if !s.Estimated || s.SeveralVariants != parser.Absent {
			t.Errorf("past the limit: %+v", s)
		}
		near := func(got, want int64) bool { return 20*max(got-want, want-got) < want }
		if !near(s.Clients, exact.Clients) || !near(s.Variants[0].Clients, exact.Variants[0].Clients) || !near(s.Variants[1].Clients, exact.Variants[1].Clients) {
			t.Errorf("%d clients, %+v; exactly %d, %+v", s.Clients, s.Variants, exact.Clients, exact.Variants)
		}
		if s.Requests != exact.Requests || s.Variants[0].Requests != exact.Variants[0].Requests {
			t.Errorf("requests are estimated: %+v", s)
		}
		if first != nil && fmt.Sprint(s.Variants, s.Clients) != fmt.Sprint(first.Variants, first.Clients) {
			t.Errorf("%d workers: %+v, one: %+v", workers, s, first)
		}
		first = s
	}
}

// TestSimulateKeys is about keys that are absent, empty, escaped, or not those
// of a client.
func TestSimulateKeys(t *testing.T) {
	const format = `$remote_addr "$cookie_uid" $status $variant`
	split := mustSplit(t, `split_clients $cookie_uid $proposed { 50% a; * b; }`)
	var log strings.Builder
	want := map[string]int64{}
	add := func(address, logged, uid string) {
		fmt.Fprintf(&log, "%s \"%s\" 200 old\n", address, logged)
		want[split.Table.Variant([]byte(uid))]++
	}
	add("10.0.0.1", "-", "")
	add("10.0.0.1", "", "")
	add("10.0.0.2", `a\x22b\x5C`, `a"b\`)
	for i := range 20 {
		uid := fmt.Sprintf("u%d", i)
		add("10.0.0.3", uid, uid) // many users behind one address
	}
	s := simulateText(t, log.String(), ReplayConfig{Reading: Reading{Split: split, Format: format}}, exactClients)
	if s.Requests != 23 || s.EmptyKey != 2 || s.NotLogged != 0 || s.Clients != 3 || s.SeveralVariants != 1 {
		t.Errorf("%+v", s)
	}
	for _, v := range s.Variants {
		if v.Requests != want[v.Value] {
			t.Errorf("%+v, want %d requests", v, want[v.Value])
		}
	}
	// A format without the key's variable tells nothing.
	s = simulateText(t, log.String(), ReplayConfig{Reading: Reading{Split: split, Format: `$remote_addr "$http_x" $status $variant`}}, exactClients)
	if s.Requests != 0 || s.NotLogged != 23 || s.Clients != 0 {
		t.Errorf("%+v", s)
	}
}

// TestSimulateRest has keys of no part, and a value that no key gets.
func TestSimulateRest(t *testing.T) {
	s := simulateText(t, generatedLog(t, 1000, 500), ReplayConfig{
		Reading: Reading{
			Split:  mustSplit(t, `split_clients $remote_addr $v { 10% a; }`),
			Format: loggen.ExtendedText,
		},
	}, exactClients)
	if len(s.Variants) != 2 || s.Variants[1].Value != "" || s.Variants[1].Percent != 9000 || s.Variants[1].Requests < 800 {
		t.Errorf("%+v", s.Variants)
	}
	s = simulateText(t, generatedLog(t, 1000, 500), ReplayConfig{
		Reading: Reading{
			Split:  mustSplit(t, `split_clients $remote_addr $v { * a; * dead; }`),
			Format: loggen.ExtendedText,
		},
	}, exactClients)
	if len(s.Variants) != 1 || s.Variants[0].Requests != 1000 {
		t.Errorf("%+v", s.Variants)
	}
}

func TestSimulateFilters(t *testing.T) {
	const format = `$remote_addr [$time_iso8601] $status`
	const log = "10.0.0.1 [2026-11-25T10:00:00+00:00] 200\n10.0.0.2 [2026-11-25T11:00:00+00:00] 200\nbad\n"
	s := simulateText(t, log, ReplayConfig{
		Since: time.Date(2026, 11, 25, 10, 30, 0, 0, time.UTC),
		Reading: Reading{
			Split:  mustSplit(t, `split_clients $remote_addr $v { * a; }`),
			Format: format,
		},
	}, exactClients)
	if s.Requests != 1 || s.Clients != 1 || s.Report.Snapshot.Lines.Total() != 3 || s.Report.Snapshot.Lines.Unparsed != 1 {
		t.Errorf("%+v, %+v", s, s.Report.Snapshot.Lines)
	}
}

func TestSimulateErrors(t *testing.T) {
	if _, err := Simulate(context.Background(), ReplayConfig{Inputs: []string{"x"}}); err == nil {
		t.Error("no split, and no error")
	}
	var many strings.Builder
	for i := range MaxSimulatedVariants {
		fmt.Fprintf(&many, " 1%% v%d;", i)
	}
	split := mustSplit(t, "split_clients $remote_addr $v {"+many.String()+"}") // and the rest
	if _, err := Simulate(context.Background(), ReplayConfig{Reading: Reading{Split: split}}); err == nil || !strings.Contains(err.Error(), "a split of 33 variants: want at most 32") {
		t.Errorf("error %v", err)
	}
	split = mustSplit(t, "split_clients $remote_addr $v { * a; }")
	s, err := Simulate(context.Background(), ReplayConfig{Inputs: []string{"no-such-file"}, Reading: Reading{Split: split}})
	if !errors.Is(err, ErrNothingRead) || s == nil || len(s.Report.Failures) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := Simulate(context.Background(), ReplayConfig{Reading: Reading{Split: split, Format: "x"}}); err == nil {
		t.Error("a wrong format, and no error")
	}
}

// TestClientSetDrops: a full set holds nothing, whoever filled it.
func TestClientSetDrops(t *testing.T) {
	set := newClientSet(10)
	for round := range 2 {
		for i := range 100 {
			set.add(fmt.Appendf(nil, "10.0.0.%d", i), round)
		}
	}
	if counts := set.counts(2); counts.exact || counts.total != 0 {
		t.Errorf("%+v", counts)
	}
	set = newClientSet(100)
	for round := range 2 {
		for i := range 100 {
			set.add(fmt.Appendf(nil, "10.0.0.%d", i), round*(i&1))
		}
	}
	if counts := set.counts(2); !counts.exact || counts.total != 100 || counts.several != 50 || counts.variant[0] != 100 || counts.variant[1] != 50 {
		t.Errorf("%+v", counts)
	}
}

func TestClientSetAllocations(t *testing.T) {
	set := newClientSet(10)
	address := []byte("10.0.0.1")
	set.add(address, 0)
	if n := testing.AllocsPerRun(100, func() { set.add(address, 1) }); n != 0 {
		t.Errorf("a client that is known takes %v allocations", n)
	}
}
