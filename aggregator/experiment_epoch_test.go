package aggregator

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/splitgauge/splitgauge/parser"
)

// changedShard returns a shard that saw, at the time of now, that testExperiment took
// the place of another definition, after a line that could not be parsed.
func changedShard(now, settle int64) *Shard {
	before := experimentShard()
	addVisits(before, randomVisits(rand.New(rand.NewPCG(3, 4)), 100))
	before.AddLine(parser.Unparsed, "format")
	before.AddLines(0, LineCounts{})
	changed := testExperiment
	changed.Definition, changed.Settle = "key 2%/*", settle
	after := NewShard(Config{Experiments: []ExperimentConfig{changed}})
	after.SetNow(now)
	after.Restore(before.Snapshot())
	return after
}

// addAll gives a request to everything that counts it in an arm.
func addAll(s *Shard, arm int, e *parser.Entry) {
	s.Add(e)
	s.AddToArm(0, arm, []byte("2001:db8::1"), e)
	s.AddAudit(0, arm, 1, e)
	s.AddKeyless(0, arm, e)
	s.AddIPv6(0, arm, e)
	s.AddOutside(0, e)
}

// TestSettling: what may have been assigned by the definition before is counted as
// that alone, by event time, however late it is read.
func TestSettling(t *testing.T) {
	const now, settle = 1764000000000, 600_000
	s := changedShard(now, settle)
	empty := s.Snapshot().Experiments["variant"]
	for _, time := range []int64{now - 3600_000, now, now + settle - 1} {
		addAll(s, 0, &parser.Entry{Status: 502, Time: time, RequestTime: 5})
		addAll(s, NoArm, &parser.Entry{Status: 502, Time: time})
	}
	x := s.Snapshot().Experiments["variant"]
	if x.Settles != now+settle || x.Settling != 6 {
		t.Errorf("%d requests before %d are left out, want 6 before %d", x.Settling, x.Settles, now+settle)
	}
	x.Settling = 0
	if !reflect.DeepEqual(x, empty) {
		t.Errorf("requests of before are counted: %+v, %+v", x, x.Arms[0])
	}

	addAll(s, 0, &parser.Entry{Status: 502, Time: now + settle, RequestTime: 5})
	addAll(s, 0, &parser.Entry{Status: 200, Time: parser.NoTime, RequestTime: 5})
	x = s.Snapshot().Experiments["variant"]
	a := x.Arms[0]
	if a.Requests != 2 || a.Checked != 2 || a.WrongIn != 2 || x.IPv6 != 2 || a.Keyless != (Excerpt{2, 1}) || x.Outside != (Excerpt{2, 1}) || x.First != now+settle {
		t.Errorf("of requests since there are %+v, %+v", x, a)
	}
}

// TestLinesOfAnEpoch: lines of before it do not count, those of before a restart do.
func TestLinesOfAnEpoch(t *testing.T) {
	s := changedShard(1764000000000, 0)
	if x := s.Experiments()["variant"]; x.Lines != 0 || x.Unparsed != 0 {
		t.Errorf("the new epoch begins with %d lines, %d of them unparsed", x.Lines, x.Unparsed)
	}
	for range 2 {
		counted := s.LineCounts()
		s.AddLine(parser.Unparsed, "format")
		s.AddLine(parser.Partial, "status")
		s.AddLines(0, counted)
		restarted := NewShard(s.config)
		restarted.Restore(s.Snapshot())
		s = restarted
	}
	sum := s.Snapshot()
	sum.Merge(s.Snapshot())
	if x := sum.Experiments["variant"]; x.Lines != 8 || x.Unparsed != 4 || x.Partial != 4 {
		t.Errorf("twice 4 lines, 2 of them unparsed, are %d, %d, and %d in part", x.Lines, x.Unparsed, x.Partial)
	}
}

// TestSeeChanges: a log that is new to the experiment holds to the change that another
// one has seen, one of another definition does not.
func TestSeeChanges(t *testing.T) {
	const now, settle = 1764000000000, 600_000
	old := changedShard(now, settle)
	known := make(map[string]Change)
	old.Changes(known)

	same, other := NewShard(old.config), experimentShard()
	for _, s := range []*Shard{same, other} {
		s.SeeChanges(known)
		addAll(s, 0, &parser.Entry{Status: 200, Time: now + 1})
	}
	if x := same.Experiments()["variant"]; x.Settling != 1 || x.Changed != now {
		t.Errorf("the new log counts what workers of before may have written: %+v", x)
	}
	if x := other.Experiments()["variant"]; x.Settling != 0 || x.Changed != parser.NoTime {
		t.Errorf("another split was changed too: %+v", x)
	}
	old.SeeChanges(map[string]Change{"variant": {Definition: "key 2%/*", Slow: testExperiment.Slow, Changed: now - 5}})
	if x := old.Experiments()["variant"]; x.Changed != now {
		t.Errorf("an earlier change is taken for the latest: %d", x.Changed)
	}
}

// TestServersAreMergedAlike: where there is no room for all servers, which get in
// does not depend on chance.
func TestServersAreMergedAlike(t *testing.T) {
	servers := func(from, n int) map[string]Excerpt {
		m := make(map[string]Excerpt)
		for i := range n {
			m[fmt.Sprint("10.0.0.", from+i)] = Excerpt{Requests: int64(1 + i%7), Errors5xx: int64(i % 3)}
		}
		return m
	}
	var first map[string]Excerpt
	for range 20 {
		sum := newArm("a")
		for i := range 3 {
			one := newArm("a")
			one.Servers = servers(1000*i, 200)
			sum.merge(one)
		}
		if first == nil {
			first = maps.Clone(sum.Servers)
		}
		if len(sum.Servers) != MaxServers+1 || !maps.Equal(sum.Servers, first) {
			t.Fatalf("%d servers, others %+v, at first %+v", len(sum.Servers), sum.Servers[Other], first[Other])
		}
	}
	if first[Other].Requests == 0 {
		t.Error("none went to others")
	}
}

// TestMissingBytes: a request without bytes is no request of 0 bytes.
func TestMissingBytes(t *testing.T) {
	s := experimentShard()
	for _, bytes := range []int64{100, parser.Absent, 0} {
		s.AddToArm(0, 0, []byte("a"), &parser.Entry{Status: 200, BytesSent: bytes})
	}
	if a := s.Experiments()["variant"].Arms[0]; a.NoBytes != 1 {
		t.Errorf("%d of three requests have no bytes, want 1", a.NoBytes)
	}
}
