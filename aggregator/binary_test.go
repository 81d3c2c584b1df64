package aggregator

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"

	"github.com/splitgauge/splitgauge/parser"
)

// versionOne is a snapshot that version 1 wrote: 500 requests, 300 of them for a
// host of their own each.
const versionOne = "testdata/snapshot-v1.bin"

func TestVersionOneIsRead(t *testing.T) {
	data, err := os.ReadFile(versionOne)
	if err != nil {
		t.Fatal(err)
	}
	s := new(Snapshot)
	if err := s.UnmarshalBinary(data); err != nil {
		t.Fatal(err)
	}
	want := bytes.Replace(data, []byte(binaryMagic+"\x01"), []byte(binaryMagic+"\x03"), 1)
	want = append(want, 0, 0) // no windows, no experiments
	if !bytes.Equal(marshal(t, s), want) {
		t.Error("what is written is not what was read")
	}
	one := s.Variants[".one"]
	for _, test := range []struct {
		what      string
		got, want int64
	}{
		{"parsed lines", s.Lines.Parsed, 200},
		{"lines with a reason", s.Lines.Reasons["lists"] + s.Lines.Reasons["format"], 2},
		{"bytes", s.Lines.Bytes, 123456},
		{"first", s.First, 1764001730424},
		{"last", s.Last, 1764258483692},
		{"requests", one.Requests, 500},
		{"clients", one.Clients.Estimate(), 201},
		{"milliseconds", one.RequestTime.Sum, 2640560469513},
		{"hosts", int64(len(s.Hosts)), MaxHosts + 1},
		{"paths", int64(len(s.Paths)), 8},
		{"slots", int64(len(s.Timeline.Slots)), 198},
		{"overflow of statuses", s.Overflow.Status, 240},
		{"attempts", s.Upstreams["10.0.0.1:80"].Attempts, 105},
		{"mismatches", s.Assignments["variant"].Mismatched(), 1},
	} {
		if test.got != test.want {
			t.Errorf("%s: %d, want %d", test.what, test.got, test.want)
		}
	}
}

// smallSnapshots are the binary forms of a few snapshots, each with something
// that the others lack.
func smallSnapshots(t testing.TB) (all [][]byte) {
	random := rand.New(rand.NewPCG(2, 3))
	full := NewShard(Config{Hosts: true, Paths: true, Windows: true, Experiments: []ExperimentConfig{testExperiment}})
	for range 20 {
		full.Add(entry(random))
	}
	full.AddLine(parser.Partial, "lists")
	full.Assignment("variant").Add("boundary_rule")
	addVisits(full, randomVisits(random, 20))
	noClients := full.Snapshot()
	noClients.Windows = nil
	for _, row := range noClients.Variants {
		row.Clients = nil
	}
	for _, s := range []*Snapshot{NewSnapshot(), noClients, full.Snapshot()} {
		data, err := s.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data)
	}
	return all
}

// FuzzUnmarshal reads anything. What can be read is written as what is read
// again, and can be merged and restored.
func FuzzUnmarshal(f *testing.F) {
	golden, err := os.ReadFile(versionOne)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(golden)
	for _, data := range smallSnapshots(f) {
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	f.Add([]byte(binaryMagic + "\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := new(Snapshot)
		if s.UnmarshalBinary(data) != nil {
			return
		}
		written := marshal(t, s)
		again := new(Snapshot)
		if err := again.UnmarshalBinary(written); err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if !bytes.Equal(marshal(t, again), written) {
			t.Fatal("what was read is not what was written")
		}
		shard := NewShard(Config{Hosts: true, Paths: true, Windows: true})
		shard.Restore(s)
		shard.SetNow(1)
		shard.Snapshot().Merge(s)
		NewUnion(Held{}).Merge(s, shard.Summary())
		s.Timeline.View()
	})
}

// TestUnmarshalIsBounded reads snapshots that promise more than they have, in
// every place of one that is whole.
func TestUnmarshalIsBounded(t *testing.T) {
	whole := smallSnapshots(t)[1]
	huge := binary.AppendUvarint(nil, 1<<62)
	for at := len(binaryMagic) + 1; at < len(whole); at += 3 {
		data := append(append(bytes.Clone(whole[:at]), huge...), whole[at:]...)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := new(Snapshot).UnmarshalBinary(data)
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 2<<20 { // of which cells and minutes of two arms take one
			t.Fatalf("%d bytes with a huge number at %d take %d bytes of memory (error %v)", len(data), at, used, err)
		}
	}
}

// TestUnmarshalRefuses has what a snapshot cannot say.
func TestUnmarshalRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*Snapshot){
		"a negative count":         func(s *Snapshot) { s.Retried = -1 },
		"a negative bucket":        func(s *Snapshot) { s.Variants[""].RequestTime.Buckets[0].Count = -1 },
		"a cell past the last":     func(s *Snapshot) { s.Variants[""].RequestTime.Buckets[0].Cell = numCells },
		"a status":                 func(s *Snapshot) { s.Requests[RequestKey{Status: OtherStatus + 1}] = 1 },
		"a method":                 func(s *Snapshot) { s.Requests[RequestKey{Method: parser.Methods}] = 1 },
		"a step":                   func(s *Snapshot) { s.Timeline.Step = 7 },
		"windows that are swapped": func(s *Snapshot) { w := s.Windows[""]; w[0][0], w[0][1] = w[0][1], w[0][0] },
		"a window's start":         func(s *Snapshot) { s.Windows[""][0][0].Start++ },
	} {
		shard := NewShard(Config{Windows: true})
		for i := range int64(2) {
			shard.Add(&parser.Entry{Time: i * 600_000, RemoteAddr: []byte("a"), RequestTime: 3})
		}
		s := shard.Snapshot()
		data := marshal(t, s)
		if err := new(Snapshot).UnmarshalBinary(data); err != nil {
			t.Fatal(err)
		}
		spoil(s)
		if err := new(Snapshot).UnmarshalBinary(marshal(t, s)); err == nil {
			t.Errorf("a snapshot with %s is read", name)
		}
	}
	sparse := append([]byte{2, clientsPrecision, 0, 1}, make([]byte, clientsRegisters+4)...)
	r := reader{data: append(binary.AppendUvarint(nil, uint64(len(sparse))), sparse...)}
	if r.clients(); r.err == nil {
		t.Error("a sparse sketch is read, which no merge could take")
	}
}
