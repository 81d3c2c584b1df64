package agent

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/splitgauge/splitgauge/experiment"
	"github.com/splitgauge/splitgauge/internal/nginxtest"
	"github.com/splitgauge/splitgauge/splitclients"
)

// TestExperimentsOnNginx has a real nginx split the traffic of many clients between
// servers, one of which is slower and fails more. What a replay of its log says is
// held against what the clients were answered; then against what was done to the
// log.
func TestExperimentsOnNginx(t *testing.T) {
	clients := 17_000
	if os.Getenv("SPLITGAUGE_FULL") != "" {
		clients *= 8
	}
	server := startSite(t)
	requests := siteCrowd(rand.New(rand.NewPCG(20261125, 3)), clients)
	start := time.Now()
	truth := sendSite(t, server.Addresses[0], 300, requests)
	t.Logf("%d requests of %d clients in %v", len(requests), clients, time.Since(start))
	shop := &site{t: t, server: server, truth: truth, log: filepath.Join(server.Prefix, "access.log")}
	shop.lines = readSiteLines(t, shop.waitForLines(shop.log, len(requests)))

	for name, test := range map[string]func(*site){
		"the bad variant":       (*site).wantBadVariant,
		"clients removed":       (*site).wantClientsMissed,
		"lines removed":         (*site).wantLinesMissed,
		"wrong key":             (*site).wantWrongKeyFound,
		"one client that fails": (*site).wantHammerIgnored,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(shop.at(t))
		})
	}
}

// site is the nginx, its log and the truth about it.
type site struct {
	t      *testing.T
	server *nginxtest.Server
	truth  siteTruth
	log    string
	lines  []siteLine // of log
}

func (s site) at(t *testing.T) *site {
	s.t = t
	return &s
}

// waitForLines returns a log once nginx has written so many lines, which it does
// after it has answered.
func (s *site) waitForLines(name string, lines int) string {
	s.t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		text, err := os.ReadFile(name)
		if err != nil {
			s.t.Fatal(err)
		}
		found := strings.Count(string(text), "\n")
		if found == lines {
			return string(text)
		}
		select {
		case <-deadline.C:
			s.t.Fatalf("%s has %d lines, want %d", name, found, lines)
		case <-ticker.C:
		}
	}
}

// compare replays logs, by nginx's own configuration or another one.
func (s *site) compare(conf string, logs ...string) (*experiment.Result, string) {
	s.t.Helper()
	rule, err := splitclients.RuleFor(s.server.Version)
	if err != nil {
		s.t.Fatal(err)
	}
	r := mustReplay(s.t, ReplayConfig{Inputs: logs, Reading: Reading{
		NginxConf: conf, Log: "split", Rule: rule, Compare: Comparison{Slow: siteSlow},
	}})
	if len(r.Experiments) != 1 || r.Experiments[0].Result == nil {
		s.t.Fatalf("experiments: %+v", r.Experiments)
	}
	result := r.Experiments[0].Result
	s.t.Logf("%s: %s", result.Verdict, result.Reason)
	return result, r.Experiments[0].Cause
}

// compareText replays another log than the one that nginx wrote.
func (s *site) compareText(text string) *experiment.Result {
	s.t.Helper()
	result, _ := s.compare(s.server.Conf, write(s.t, filepath.Join(s.t.TempDir(), "access.log"), text))
	return result
}

func (s *site) variant(r *experiment.Result, name string) *experiment.Variant {
	s.t.Helper()
	for i := range r.Variants {
		if r.Variants[i].Name == name {
			return &r.Variants[i]
		}
	}
	s.t.Fatalf("there is no variant %q", name)
	return nil
}

func (s *site) metric(r *experiment.Result, variant, name string) *experiment.Metric {
	s.t.Helper()
	v := s.variant(r, variant)
	for i := range v.Metrics {
		if v.Metrics[i].Name == name {
			return &v.Metrics[i]
		}
	}
	s.t.Fatalf("variant %q has no %s", variant, name)
	return nil
}

func (s *site) wantVerdict(r *experiment.Result, want experiment.Verdict) {
	s.t.Helper()
	if r.Verdict != want {
		s.t.Errorf("verdict %s (%s); want %s", r.Verdict, r.Reason, want)
	}
}

// wantSilence wants no verdict on a variant that is like the control.
func (s *site) wantSilence(r *experiment.Result, variant string) {
	s.t.Helper()
	for _, m := range s.variant(r, variant).Metrics {
		if m.Verdict == experiment.Worse || m.Verdict == experiment.Better {
			s.t.Errorf("%s of %q is %s, ×%.2f, ln evidence %.1f; want no verdict", m.Name, variant, m.Verdict, m.Ratio, m.LnEvidence)
		}
	}
}

// wantBadVariant wants the bad variant to be found, with the true figures, and
// nothing else.
func (s *site) wantBadVariant() {
	r, cause := s.compare(s.server.Conf, s.log)
	s.wantVerdict(r, experiment.Worse)
	s.wantSilence(r, ".good")
	for _, name := range []string{"errors_5xx", "latency_mean", "slow_share"} {
		if m := s.metric(r, ".bad", name); m.Verdict != experiment.Worse {
			s.t.Errorf("%s of .bad is %s, ×%.2f, ln evidence %.1f; want WORSE", name, m.Verdict, m.Ratio, m.LnEvidence)
		}
	}
	s.wantInside(s.metric(r, ".bad", "errors_5xx"), 3) // as the servers are configured
	if a := r.Assignment; a.Mismatches != 0 || a.Checked == 0 || cause != "" {
		s.t.Errorf("%d of %d variants are not those of the split, because %q; want none", a.Mismatches, a.Checked, cause)
	}
	if r.Split.Mismatch || r.Log.Incomplete {
		s.t.Errorf("split %+v, log %+v; want nothing wrong", r.Split, r.Log)
	}
	s.wantTruth(r)
}

// wantInside wants the ratio that was configured to be in the interval.
func (s *site) wantInside(m *experiment.Metric, ratio float64) {
	s.t.Helper()
	if ratio < m.Low || ratio > m.High {
		s.t.Errorf("%s is ×%.2f, from %.2f to %.2f; want ×%v inside", m.Name, m.Ratio, m.Low, m.High, ratio)
	}
}

// siteLine is a line of the log, by a reader of our own.
type siteLine struct {
	text, client, variant string
	milliseconds          int64 // request time
}

func readSiteLines(t *testing.T, text string) (lines []siteLine) {
	t.Helper()
	for line := range strings.Lines(text) {
		parts := strings.Split(line, `"`)
		if len(parts) != 11 || parts[10] != "\n" {
			t.Fatalf("a line of nginx is not as expected: %q", line)
		}
		client, _, _ := strings.Cut(parts[0], " ")
		seconds := strings.Fields(parts[2])[2]
		milliseconds, err := strconv.ParseInt(strings.Replace(seconds, ".", "", 1), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, siteLine{line, client, parts[9], milliseconds})
	}
	return lines
}

// wantTruth holds the figures against what the clients were answered, and those of
// latency against the lines.
func (s *site) wantTruth(r *experiment.Result) {
	s.t.Helper()
	latency, slow := map[string]float64{}, map[string]float64{}
	for _, line := range s.lines {
		n := float64(s.truth[line.variant].requests)
		latency[line.variant] += float64(line.milliseconds) / n
		if line.milliseconds > siteSlow.Milliseconds() {
			slow[line.variant] += 1 / n
		}
	}
	checked := int64(0)
	for _, v := range siteVariants {
		truth := s.truth[v.name]
		checked += truth.requests
		clients, requests := r.Control.Clients, r.Control.Requests
		metric := func(name string) float64 { return s.metric(r, ".bad", name).Control }
		if v.name != r.Control.Name {
			clients, requests = s.variant(r, v.name).Clients, s.variant(r, v.name).Requests
			metric = func(name string) float64 { return s.metric(r, v.name, name).Value }
		}
		if requests != truth.requests {
			s.t.Errorf("%q has %d requests; want %d", v.name, requests, truth.requests)
		}
		// Exact for as many as a set keeps, and an estimate beyond.
		if want := int64(len(truth.clients)); want < 5000 || clients != want && (want < 16_384 || math.Abs(float64(clients-want)) > 0.04*float64(want)) {
			s.t.Errorf("%q has %d clients; want %d, at least 5000", v.name, clients, want)
		}
		for name, want := range map[string]float64{
			"errors_5xx": float64(truth.errors) / float64(truth.requests), "latency_mean": latency[v.name], "slow_share": slow[v.name],
		} {
			if got := metric(name); math.Abs(got-want) > 1e-9*want {
				s.t.Errorf("%s of %q is %v; want %v", name, v.name, got, want)
			}
		}
		s.t.Logf("%q: %d clients, %d requests, %d errors, %.1f ms on average, %.1f %% slow", v.name, clients, requests, truth.errors,
			latency[v.name], 100*slow[v.name])
	}
	s.wantInside(s.metric(r, ".bad", "latency_mean"), latency[".bad"]/latency[""])
	if r.Assignment.Checked != checked {
		s.t.Errorf("%d variants were checked; want %d", r.Assignment.Checked, checked)
	}
}

// without returns the log without the lines of a variant that are to be dropped.
func (s *site) without(variant string, drop func(client string) bool) string {
	s.t.Helper()
	var kept strings.Builder
	for _, line := range s.lines {
		if line.variant != variant || !drop(line.client) {
			kept.WriteString(line.text)
		}
	}
	return kept.String()
}

// wantClientsMissed removes all lines of a fifth of a variant's clients.
func (s *site) wantClientsMissed() {
	variants := []string{".good", ".bad", ""}
	if os.Getenv("SPLITGAUGE_FULL") == "" {
		variants = variants[:1]
	}
	for _, variant := range variants {
		random, dropped := rand.New(rand.NewPCG(20261125, 4)), map[string]bool{}
		for _, client := range s.truth[variant].sorted() {
			dropped[client] = random.IntN(5) == 0
		}
		r := s.compareText(s.without(variant, func(client string) bool { return dropped[client] }))
		s.wantVerdict(r, experiment.SplitNotAsConfigured)
		for _, v := range r.Variants {
			for _, m := range v.Metrics {
				if m.Tested && m.Verdict != experiment.SplitNotAsConfigured {
					s.t.Errorf("%s of %q is %s; want a refusal", m.Name, v.Name, m.Verdict)
				}
			}
		}
	}
}

// wantLinesMissed removes a fifth of a variant's lines, whoever they are of.
func (s *site) wantLinesMissed() {
	random := rand.New(rand.NewPCG(20261125, 5))
	r := s.compareText(s.without(".good", func(string) bool { return random.IntN(5) == 0 }))
	s.wantSilence(r, ".good") // fewer clients have an error, but only for having fewer requests
	v := s.variant(r, ".good")
	if !v.Traffic.Changed || v.Traffic.Z > 0 || !strings.Contains(strings.Join(v.Notes, "\n"), "Requests per client changed") {
		s.t.Errorf("traffic %+v, notes %q; want to be told that requests are missing", v.Traffic, v.Notes)
	}
	if other := s.variant(r, ".bad"); other.Traffic.Changed {
		s.t.Errorf("traffic of .bad %+v; want it to be as it was", other.Traffic)
	}
}

// wantWrongKeyFound replays by a configuration with another key.
func (s *site) wantWrongKeyFound() {
	conf, err := os.ReadFile(s.server.Conf)
	if err != nil {
		s.t.Fatal(err)
	}
	wrong := strings.Replace(string(conf), "AAA", "AAB", 1)
	r, _ := s.compare(write(s.t, filepath.Join(s.t.TempDir(), "nginx.conf"), wrong), s.log)
	s.wantVerdict(r, experiment.AssignmentBroken)
	if a := r.Assignment; 3*a.Mismatches < a.Checked {
		s.t.Errorf("%d of %d variants are not those of another key; want most", a.Mismatches, a.Checked)
	}
}

// wantHammerIgnored has one client of the good variant fail all the time.
func (s *site) wantHammerIgnored() {
	s.t.Helper()
	client := s.truth[".good"].sorted()[0]
	requests := make([]siteRequest, len(s.lines)/25) // far more than all others of the variant fail
	for i := range requests {
		requests[i] = siteRequest{client, "/hammer"}
	}
	truth := sendSite(s.t, s.server.Addresses[0], 4, requests)
	if got := truth.of(".good"); got.errors != int64(len(requests)) || len(truth) != 1 {
		s.t.Fatalf("%d requests failed; want %d", got.errors, len(requests))
	}
	log := filepath.Join(s.server.Prefix, "hammer.log")
	s.waitForLines(log, len(requests))
	r, _ := s.compare(s.server.Conf, s.log, log)
	s.wantSilence(r, ".good")
	if m := s.metric(r, ".good", "errors_5xx"); m.Plain < 5 || m.Verdict != experiment.Undecided {
		s.t.Errorf("errors_5xx of .good is ×%.2f and %s; want many times as many, and UNDECIDED", m.Plain, m.Verdict)
	}
	if m := s.metric(r, ".bad", "errors_5xx"); m.Verdict != experiment.Worse {
		s.t.Errorf("errors_5xx of .bad is %s; want WORSE", m.Verdict)
	}
}
